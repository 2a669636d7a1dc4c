import type { PortRefusal } from "./port-refusal.ts";

/** A bind argument. Never part of a statement's text. */
export type SqlValue = string | number | boolean | null;
export type SqlArgument = SqlValue | readonly SqlValue[];
export type SqlRow = Readonly<Record<string, unknown>>;

/** `cut`: there was more than the limits let through. */
export type SqlRows = { readonly rows: readonly SqlRow[]; readonly cut: boolean };

/** A database that runbooks may ask. Rejects with PortError and nothing else; never retries by itself. */
export interface DataSource {
  readonly name: string;
  /** One SELECT, VALUES or WITH, read only. */
  query(sql: string, args: readonly SqlArgument[]): Promise<SqlRows>;
  /**
   * Runs a reviewed statement by its name. Once for a key, where the database has the table muster_calls: `repeated`
   * means that it was called before and nothing was done now.
   */
  call(
    name: string,
    args: readonly SqlArgument[],
    key: string,
  ): Promise<
    ({ readonly ok: true; readonly repeated: boolean } & SqlRows) | PortRefusal<"not-allowed" | "wrong-arguments">
  >;
  /** Whether the call with this key was done: "unknown" where nothing is written down about it. */
  probeCall(key: string): Promise<"yes" | "no" | "unknown">;
  ping(): Promise<void>;
}
