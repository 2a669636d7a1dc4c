import { and, asc, desc, eq, isNotNull, isNull, lt, sql, type SQL } from "drizzle-orm";
import type { Alert } from "#domain/alert.ts";
import type { Instant } from "#domain/language.ts";
import { insertAll } from "./bulk.ts";
import type { Executor } from "./client.ts";
import { alerts } from "./schema.ts";

/** The known alerts among (source, fingerprint) pairs. */
export async function loadAlerts(db: Executor, pairs: readonly { readonly source: string; readonly fingerprint: string }[]): Promise<Alert[]> {
  if (pairs.length === 0) return [];
  const wanted = sql`select distinct source, fingerprint from json_to_recordset(${JSON.stringify(pairs)}::json) as w(source text, fingerprint text)`;
  const rows = await db
    .select({ alert: alerts })
    .from(sql`(${wanted}) as w`)
    .innerJoin(alerts, sql`${alerts.source} = w.source and ${alerts.fingerprint} = w.fingerprint`);
  return rows.map(({ alert }) => toAlert(alert));
}

/** Writes what is now known of each alert. */
export async function saveAlerts(db: Executor, saved: readonly Alert[]): Promise<void> {
  if (saved.length === 0) return;
  await db.execute(
    sql`${insertAll(alerts, saved)} on conflict (source, fingerprint) do update set status = excluded.status, incident = excluded.incident, priority = excluded.priority, priority_reason = excluded.priority_reason, labels = excluded.labels, annotations = excluded.annotations, generator_url = excluded.generator_url, starts_at = excluded.starts_at, first_starts_at = excluded.first_starts_at, ends_at = excluded.ends_at, last_seen_at = excluded.last_seen_at, seq = excluded.seq, repeats = excluded.repeats, flaps = excluded.flaps, group_keys = excluded.group_keys, receivers = excluded.receivers, external_urls = excluded.external_urls`,
  );
}

export type AlertFilter = { readonly status?: "firing" | "resolved"; readonly incident?: number; readonly limit: number };

/** Alerts, the last heard first. */
export async function listAlerts(db: Executor, filter: AlertFilter): Promise<Alert[]> {
  const wanted: (SQL | undefined)[] = [
    filter.status && eq(alerts.status, filter.status),
    filter.incident === undefined ? undefined : eq(alerts.incident, filter.incident),
  ];
  const rows = await db
    .select()
    .from(alerts)
    .where(and(...wanted))
    .orderBy(desc(alerts.lastSeenAt))
    .limit(filter.limit);
  return rows.map(toAlert);
}

/** Firing alerts that were last heard of before `before`, the longest silent first. A bounded look, now and then. */
export async function silentAlerts(db: Executor, source: string | null, before: Instant): Promise<Alert[]> {
  const rows = await db
    .select()
    .from(alerts)
    .where(
      and(
        eq(alerts.status, "firing"),
        lt(alerts.lastSeenAt, new Date(before)),
        isNotNull(alerts.incident),
        source === null ? undefined : eq(alerts.source, source),
      ),
    )
    .orderBy(asc(alerts.lastSeenAt))
    .limit(1_000);
  return rows.map(toAlert);
}

/** Alerts that belong to no incident: watchdogs, and resolutions of what was never heard firing. Firing ones first, the last heard before the others. */
export async function unboundAlerts(db: Executor): Promise<Alert[]> {
  const rows = await db.select().from(alerts).where(isNull(alerts.incident)).orderBy(asc(alerts.status), desc(alerts.lastSeenAt)).limit(1_000);
  return rows.map(toAlert);
}

function toAlert(row: typeof alerts.$inferSelect): Alert {
  return {
    ...row,
    startsAt: row.startsAt.getTime(),
    firstStartsAt: row.firstStartsAt.getTime(),
    endsAt: row.endsAt?.getTime() ?? null,
    firstSeenAt: row.firstSeenAt.getTime(),
    lastSeenAt: row.lastSeenAt.getTime(),
  };
}
