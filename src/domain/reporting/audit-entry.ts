import type { Instant } from "#domain/values/language.ts";

/** What entries of the audit log are filtered by. Stored: add, never rename. */
export const AUDIT_KINDS = [
  "command",
  "refusal",
  "automation",
  "silence",
  "override",
  "token",
  "sign-in",
  "read",
  "audit",
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** Where a request came from: by which way in, and from which address, as far as that is known. */
export type RequestClient = { readonly way: string; readonly address: string | null };

/** What is recorded of one thing that someone did, tried, or read. */
export type AuditEntry = {
  readonly at: Instant;
  readonly kind: AuditKind;
  /** What was done, as the field names it: "incident.acknowledge", "token.refused". */
  readonly what: string;
  /** What it was about: "INC-3", "RUN-2". */
  readonly subject: string | null;
  readonly result: "applied" | "unchanged" | "refused" | "failed";
  readonly way: string;
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly address: string | null;
  /** What was written, or why it was refused. */
  readonly text: string;
};

/** An entry as it stands in the log. `text`, and where everything was erased `person` and `address`, are gone from an erased entry. */
export type StoredAuditEntry = AuditEntry & { readonly seq: number; readonly hash: string; readonly erased: boolean };

/** What a filter of the log looks for; `before` and `after` are numbers of entries. */
export type AuditFilter = {
  readonly before?: number;
  readonly after?: number;
  readonly kind?: AuditKind;
  /** The id of a person. */
  readonly person?: string;
  readonly limit: number;
};
