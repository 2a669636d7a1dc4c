import type { AuditEntry, AuditFilter, RequestClient, StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import type { Person } from "#domain/values/language.ts";

/** What a door gives for an entry; the log adds when, and where the request came from. */
export type AuditNote = Omit<AuditEntry, "at" | "way" | "address">;

/** The audit log, as the doors write and read it. What commands come to is written with the commands. */
export type AuditLog = {
  /** Writes an entry; durable when the promise resolves. @param client where the request came from, where the request itself does not show it */
  record(note: AuditNote, client?: RequestClient): Promise<void>;
  /** Writes the first entry of a minute with this key, and waits for nothing: a failure goes to the process's log. */
  recordOnce(key: string, note: AuditNote, client: RequestClient): void;
  list(filter: AuditFilter): Promise<readonly StoredAuditEntry[]>;
  /** Whether someone may read the log: those whom `auditors` of the policy names, and no one without it. */
  mayRead(person: Person): Promise<boolean>;
};
