import type { Instant } from "#domain/values/language.ts";

export type LogLine = {
  readonly at: Instant;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** What is looked for: streams with exactly these labels, and lines that contain each text of `contains` and none of `without`. */
export type LogSearch = {
  readonly labels: Readonly<Record<string, string>>;
  readonly contains: readonly string[];
  readonly without: readonly string[];
  readonly from: Instant;
  readonly to: Instant;
  readonly limit: number;
};

/** A store of logs. Rejects with PortError and nothing else; never retries by itself. */
export interface LogStore {
  readonly name: string;
  /** The newest lines, newest first. */
  search(search: LogSearch): Promise<readonly LogLine[]>;
  /** One real request: rejects when the store cannot be used. */
  ping(): Promise<void>;
}
