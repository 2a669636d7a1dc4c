import { eq, sql } from "drizzle-orm";
import type { Alert } from "#domain/incident/alert.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { alertPages, selectAlerts } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { alertsTable } from "#db/schema.ts";

/** Every alert that was marked as a watchdog, however many other alerts there are. */
export function watchdogAlerts(db: QueryExecutor): Promise<Alert[]> {
  return selectAlerts(db, eq(alertsTable.watchdog, true));
}

/**
 * Alerts that a changed policy may make watchdogs: not marked, and firing or of no incident. All of them, page by page;
 * an alert that resolved with its incident has already reached its people.
 */
export function unmarkedAlerts(db: QueryExecutor): AsyncGenerator<Alert[]> {
  return alertPages(db, sql`watchdog is not true and (status = 'firing' or incident is null)`);
}

/** Marks alerts as watchdogs; the next delivery of each removes the mark when the policy is different by then. */
export async function markWatchdogs(
  db: QueryExecutor,
  alerts: readonly Pick<Alert, "source" | "fingerprint">[],
): Promise<void> {
  if (alerts.length === 0) return;
  const pairs = JSON.stringify(alerts.map(({ source, fingerprint }) => ({ source, fingerprint })));
  // A row that is being written just now is being delivered, and marked by that: it is not waited for.
  await db.execute(
    sql`update alerts a set watchdog = true from (select a.source, a.fingerprint from json_to_recordset(${pairs}::json) as w(source text, fingerprint text) join alerts a on a.source = w.source and a.fingerprint = w.fingerprint for update of a skip locked) free where a.source = free.source and a.fingerprint = free.fingerprint`,
  );
}

/** How long a delivery that is not read keeps a watchdog from being called silent, in ms: one that never is must not do so for ever. */
const UNREAD_COUNTS_MS = HOUR_MS;

/** Whether deliveries of the last hour that were accepted at `before` or earlier have not been read yet. */
export async function hasUnreadDeliveries(db: QueryExecutor, before: Instant): Promise<boolean> {
  const at = (ms: Instant) => sql`${new Date(ms).toISOString()}::timestamptz`;
  const { rows } = await db.execute(
    sql`select 1 from commands where done_at is null and type = 'alerts.deliver' and recorded_at <= ${at(before)} and recorded_at > ${at(before - UNREAD_COUNTS_MS)} limit 1`,
  );
  return rows.length > 0;
}
