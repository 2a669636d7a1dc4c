import type { AccountSession } from "#domain/policy/account-session.ts";
import type { Person } from "#domain/values/language.ts";
import type { AuditNote } from "#ports/audit-log.ts";

/** The stored sessions, as far as doors need them. */
export type SessionStore = {
  /** Stores a session that begins now, under the hash of its secret. `renewal`: what its service may be asked with later. */
  open(hash: string, session: Omit<AccountSession, "number">, renewal: string | null): Promise<void>;
  /** The open session of this hash. */
  find(hash: string): Promise<AccountSession | null>;
  extend(number: number, used: Pick<AccountSession, "seenAt" | "expiresAt">): Promise<void>;
  /** Ends a session; answers whether it was open. */
  end(number: number, because: string): Promise<boolean>;
  /** The open ones, those that were used last first. */
  list(): Promise<readonly AccountSession[]>;
  /** Those of some sessions that are open. */
  openAmong(numbers: readonly number[]): Promise<ReadonlySet<number>>;
};

/** The entry of the audit log for a session that someone ended, their own or another's. */
export function sessionEndNote(number: number, { id, name }: Person): AuditNote {
  const subject = `session ${number}`;
  return { kind: "sign-in", what: "session.ended", subject, result: "applied", person: { id, name }, text: "" };
}
