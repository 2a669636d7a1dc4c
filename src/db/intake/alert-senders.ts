import { and, eq, getTableColumns, gt, isNotNull, or, sql, type SQL } from "drizzle-orm";
import type { AlertSender } from "#domain/alerting/intake/alert-sender.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { alertSendersTable } from "./intake-schema.ts";

/** A sender, by the door and the address. */
export type SenderKey = Pick<AlertSender, "source" | "sender">;

const UNSEEN = { reason: "", times: 0 } as const;
const TARGET = [alertSendersTable.source, alertSendersTable.sender];

/** A delivery of a sender was accepted. */
export async function recordAcceptance(db: QueryExecutor, { source, sender }: SenderKey, at: Instant): Promise<void> {
  const acceptedAt = new Date(at);
  await db
    .insert(alertSendersTable)
    .values({ source, sender, ...UNSEEN, acceptedAt })
    .onConflictDoUpdate({ target: TARGET, set: { acceptedAt } });
}

/** Deliveries of a sender were refused, `times` of them since this was recorded last. Answers the sender as it is now. */
export async function recordRefusal(
  db: QueryExecutor,
  { source, sender }: SenderKey,
  { status, reason, times }: { readonly status: number; readonly reason: string; readonly times: number },
  at: Instant,
): Promise<AlertSender> {
  const refusedAt = new Date(at);
  const [row] = await db
    .insert(alertSendersTable)
    .values({ source, sender, refusedAt, status, reason, times })
    .onConflictDoUpdate({
      target: TARGET,
      set: { refusedAt, status, reason, times: sql`${alertSendersTable.times} + ${times}` },
    })
    .returning(getTableColumns(alertSendersTable));
  return toSender(row!);
}

/** An alert of Muster itself reports the refusals of a sender from now on. */
export async function markRaised(db: QueryExecutor, sender: SenderKey, at: Instant): Promise<void> {
  const now = new Date(at);
  await db.update(alertSendersTable).set({ raisedAt: now, lastRaisedAt: now }).where(isThe(sender));
}

/** The refusals of a sender have ended, unless it was refused again since `refusedAt`. Answers whether they have. */
export async function endRefusals(db: QueryExecutor, { refusedAt, ...sender }: AlertSender): Promise<boolean> {
  const ended = await db
    .update(alertSendersTable)
    .set({ raisedAt: null, times: 0 })
    .where(and(isThe(sender), refusedAt === null ? undefined : eq(alertSendersTable.refusedAt, new Date(refusedAt))))
    .returning({ source: alertSendersTable.source });
  return ended.length > 0;
}

/** The senders whose refusals an alert of Muster itself reports. */
export function reportedSenders(db: QueryExecutor): Promise<AlertSender[]> {
  return listSenders(db, isNotNull(alertSendersTable.raisedAt));
}

/** The senders that are reported as refused, and those that were refused since `since` and not accepted afterwards. */
export function refusedSenders(db: QueryExecutor, since: Instant): Promise<AlertSender[]> {
  const { raisedAt, refusedAt, acceptedAt } = alertSendersTable;
  const stillRefused = sql`(${acceptedAt} is null or ${acceptedAt} < ${refusedAt})`;
  return listSenders(db, or(isNotNull(raisedAt), and(gt(refusedAt, new Date(since)), stillRefused)));
}

async function listSenders(db: QueryExecutor, which: SQL | undefined): Promise<AlertSender[]> {
  const rows = await db
    .select()
    .from(alertSendersTable)
    .where(which)
    .orderBy(alertSendersTable.source, alertSendersTable.sender)
    .limit(MOST);
  return rows.map(toSender);
}

/** The senders of which a delivery was ever accepted, the last ones first. */
export async function knownSenders(db: QueryExecutor): Promise<SenderKey[]> {
  const { source, sender, acceptedAt } = alertSendersTable;
  return db
    .select({ source, sender })
    .from(alertSendersTable)
    .where(isNotNull(acceptedAt))
    .orderBy(sql`${acceptedAt} desc`)
    .limit(MOST);
}

/** Senders have a token, so there are few. */
const MOST = 1_000;

function isThe({ source, sender }: SenderKey) {
  return and(eq(alertSendersTable.source, source), eq(alertSendersTable.sender, sender));
}

function toSender(row: typeof alertSendersTable.$inferSelect): AlertSender {
  return {
    ...row,
    acceptedAt: row.acceptedAt?.getTime() ?? null,
    refusedAt: row.refusedAt?.getTime() ?? null,
    raisedAt: row.raisedAt?.getTime() ?? null,
    lastRaisedAt: row.lastRaisedAt?.getTime() ?? null,
  };
}
