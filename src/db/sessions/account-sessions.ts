import { and, desc, eq, gt, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { QueryExecutor } from "#db/client.ts";
import type { AccountSession } from "#domain/policy/account-session.ts";
import type { Instant } from "#domain/values/language.ts";
import { sessionsTable } from "./session-schema.ts";

/** A session that begins. `renewal`: what the service is asked with later, encrypted. */
export type NewSession = Omit<AccountSession, "number"> & { readonly renewal: string | null };

/** A session that is to be asked about at its service. */
export type CheckedSession = AccountSession & { readonly renewal: string | null };

type Row = typeof sessionsTable.$inferSelect;

function sessionOf(row: Row): CheckedSession {
  const { number, person, name, email, groups, way, renewal } = row;
  return {
    ...{ number, person, name, email, groups, way, renewal },
    openedAt: row.openedAt.getTime(),
    provedAt: row.provedAt?.getTime() ?? null,
    seenAt: row.seenAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    until: row.until.getTime(),
  };
}

const isOpen = (now: Instant) => and(isNull(sessionsTable.endedAt), gt(sessionsTable.expiresAt, new Date(now)));

/** Stores a session under the hash of its secret. */
export async function openSession(db: QueryExecutor, hash: string, session: NewSession): Promise<void> {
  const { person, name, email, groups, way, renewal, openedAt, provedAt, seenAt, expiresAt, until } = session;
  await db.insert(sessionsTable).values({
    ...{ hash, person, name, email, groups, way, renewal },
    openedAt: new Date(openedAt),
    provedAt: provedAt === null ? null : new Date(provedAt),
    seenAt: new Date(seenAt),
    expiresAt: new Date(expiresAt),
    until: new Date(until),
    checkedAt: new Date(openedAt),
  });
}

/** The open session of this hash. */
export async function findSession(db: QueryExecutor, hash: string, now: Instant): Promise<AccountSession | null> {
  const [row] = await db
    .select()
    .from(sessionsTable)
    .where(and(eq(sessionsTable.hash, hash), isOpen(now)));
  return row === undefined ? null : sessionOf(row);
}

/** Writes down that a session is used. One that has ended meanwhile stays ended. */
export async function extendSession(
  db: QueryExecutor,
  number: number,
  { seenAt, expiresAt }: { readonly seenAt: Instant; readonly expiresAt: Instant },
): Promise<void> {
  await db
    .update(sessionsTable)
    .set({ seenAt: new Date(seenAt), expiresAt: new Date(expiresAt) })
    .where(and(eq(sessionsTable.number, number), isOpen(seenAt)));
}

/** Ends a session. Answers whether it was open. */
export async function endSession(
  db: QueryExecutor,
  number: number,
  { at, because }: { readonly at: Instant; readonly because: string },
): Promise<boolean> {
  const ended = await db
    .update(sessionsTable)
    .set({ endedAt: new Date(at), endedBecause: because, renewal: null })
    .where(and(eq(sessionsTable.number, number), isOpen(at)))
    .returning({ number: sessionsTable.number });
  return ended.length > 0;
}

/** Ends the sessions of someone who is forgotten, by their ids and addresses, and forgets the addresses. */
export async function forgetSessions(db: QueryExecutor, ids: readonly string[], at: Instant): Promise<void> {
  const lower = ids.map((id) => id.toLowerCase());
  await db
    .update(sessionsTable)
    .set({
      endedAt: sql`coalesce(${sessionsTable.endedAt}, ${new Date(at).toISOString()}::timestamptz)`,
      endedBecause: sql`coalesce(${sessionsTable.endedBecause}, 'forgotten')`,
      renewal: null,
      email: null,
    })
    .where(or(inArray(sessionsTable.person, [...ids]), inArray(sql`lower(${sessionsTable.email})`, lower)));
}

/** The open sessions, those that were used last first. */
export async function listSessions(db: QueryExecutor, now: Instant, limit: number): Promise<readonly AccountSession[]> {
  const rows = await db
    .select()
    .from(sessionsTable)
    .where(isOpen(now))
    .orderBy(desc(sessionsTable.seenAt), desc(sessionsTable.number))
    .limit(limit);
  return rows.map(sessionOf);
}

/** Those of some sessions that are open. */
export async function openAmong(
  db: QueryExecutor,
  numbers: readonly number[],
  now: Instant,
): Promise<ReadonlySet<number>> {
  if (numbers.length === 0) return new Set();
  const rows = await db
    .select({ number: sessionsTable.number })
    .from(sessionsTable)
    .where(and(inArray(sessionsTable.number, [...numbers]), isOpen(now)));
  return new Set(rows.map(({ number }) => number));
}

/** Claims open sessions that were not asked about since `before`, the longest unasked first: each for one process. */
export async function claimSessionChecks(
  db: QueryExecutor,
  now: Instant,
  { before, limit }: { readonly before: Instant; readonly limit: number },
): Promise<readonly CheckedSession[]> {
  const due = db
    .select({ number: sessionsTable.number })
    .from(sessionsTable)
    .where(and(isOpen(now), lt(sessionsTable.checkedAt, new Date(before))))
    .orderBy(sessionsTable.checkedAt)
    .limit(limit)
    .for("update", { skipLocked: true });
  const rows = await db
    .update(sessionsTable)
    .set({ checkedAt: new Date(now) })
    .where(inArray(sessionsTable.number, due))
    .returning();
  return rows.map(sessionOf);
}

/** Gives claims back about which the service could not be asked: they are due again, as if last asked at `checkedAt`. */
export async function releaseSessionChecks(
  db: QueryExecutor,
  numbers: readonly number[],
  checkedAt: Instant,
): Promise<void> {
  if (numbers.length === 0) return;
  await db
    .update(sessionsTable)
    .set({ checkedAt: new Date(checkedAt) })
    .where(inArray(sessionsTable.number, [...numbers]));
}

/** Keeps what the service reported of someone: their groups of today, and what it is asked with next. */
export async function renewSession(
  db: QueryExecutor,
  number: number,
  { groups, renewal }: Pick<CheckedSession, "groups" | "renewal">,
): Promise<void> {
  await db
    .update(sessionsTable)
    .set({ groups: groups === null ? sql`null` : groups, renewal })
    .where(and(eq(sessionsTable.number, number), isNull(sessionsTable.endedAt)));
}
