import { and, asc, eq, gt, gte, isNotNull, lt, sql } from "drizzle-orm";
import type { Alert } from "#domain/incident/alert.ts";
import type { PolledAlert } from "#domain/alerting/source-answer.ts";
import type { Instant } from "#domain/values/language.ts";
import { alertColumns, PAGE_SIZE, readPages, toAlert } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { alertsTable, commandsTable } from "#db/schema.ts";

/** Firing alerts of a source that were last received before `before`: all of them, page by page, by fingerprint. */
export function staleAlerts(db: QueryExecutor, source: string, before: Instant): AsyncGenerator<PolledAlert[]> {
  return readPages(async (after: PolledAlert | null) => {
    const rows = await db
      .select({ ...alertColumns, missingSince: alertsTable.missingSince })
      .from(alertsTable)
      .where(
        and(
          eq(alertsTable.status, "firing"),
          eq(alertsTable.source, source),
          lt(alertsTable.lastSeenAt, new Date(before)),
          isNotNull(alertsTable.incident),
          after === null ? undefined : gt(alertsTable.fingerprint, after.fingerprint),
        ),
      )
      .orderBy(asc(alertsTable.fingerprint))
      .limit(PAGE_SIZE);
    return rows.map((row) => {
      // A delivery since then takes it back without a write of its own, also one that the version before applies.
      const counts = row.missingSince !== null && row.missingSince > row.lastSeenAt;
      return { ...toAlert(row), missingSince: counts ? row.missingSince!.getTime() : null };
    });
  });
}

/**
 * Alerts of a source that are resolved because of a command whose key begins with `prefix`, and were found missing
 * since `from`: page by page, by fingerprint. The delivery that an alert's row names shows what ended the alert.
 */
export function alertsEndedByReconciliation(
  db: QueryExecutor,
  source: string,
  prefix: string,
  from: Instant,
): AsyncGenerator<Alert[]> {
  return readPages(async (after: Alert | null) => {
    const rows = await db
      .select(alertColumns)
      .from(alertsTable)
      .innerJoin(commandsTable, eq(commandsTable.id, alertsTable.seq))
      .where(
        and(
          eq(alertsTable.status, "resolved"),
          eq(alertsTable.source, source),
          gte(alertsTable.missingSince, new Date(from)),
          sql`starts_with(${commandsTable.key}, ${prefix})`,
          after === null ? undefined : gt(alertsTable.fingerprint, after.fingerprint),
        ),
      )
      .orderBy(asc(alertsTable.fingerprint))
      .limit(PAGE_SIZE);
    return rows.map(toAlert);
  });
}

/** Remembers since when firing alerts are missing from their source's answers; null: they are not. */
export async function markMissing(
  db: QueryExecutor,
  marks: readonly { readonly source: string; readonly fingerprint: string; readonly since: Instant | null }[],
): Promise<void> {
  if (marks.length === 0) return;
  const rows = JSON.stringify(
    marks.map(({ source, fingerprint, since }) => ({
      source,
      fingerprint,
      since: since === null ? null : new Date(since),
    })),
  );
  // A row that is being written just now is being delivered, and is left out: waiting for it while holding others could be a deadlock.
  await db.execute(
    sql`update alerts a set missing_since = free.since from (select a.source, a.fingerprint, m.since from json_to_recordset(${rows}::json) as m(source text, fingerprint text, since timestamptz) join alerts a on a.source = m.source and a.fingerprint = m.fingerprint where a.status = 'firing' for update of a skip locked) free where a.source = free.source and a.fingerprint = free.fingerprint`,
  );
}

/**
 * How many firing alerts of each open incident were last received at `before` or earlier, and when the first of them was.
 * `sources` have limits of their own.
 */
export async function staleIncidents(
  db: QueryExecutor,
  sources: readonly { readonly source: string; readonly before: Instant }[],
  before: Instant,
): Promise<{ readonly incident: number; readonly count: number; readonly since: Instant }[]> {
  const limits = JSON.stringify(sources.map((each) => ({ source: each.source, before: new Date(each.before) })));
  // From the open incidents, of which there are few, to their alerts; alerts that outlive their incident are not looked at.
  const { rows } = await db.execute<{ incident: number; count: number; since: string }>(
    sql`select i.number as incident, count(*)::integer as count, min(a.last_seen_at)::text as since from incidents i join alerts a on a.incident = i.number left join json_to_recordset(${limits}::json) as l(source text, before timestamptz) on l.source = a.source where i.status in ('triggered','acknowledged','mitigated') and a.status = 'firing' and a.last_seen_at <= coalesce(l.before, ${new Date(before).toISOString()}::timestamptz) group by i.number order by i.number`,
  );
  return rows.map(({ incident, count, since }) => ({ incident, count, since: Date.parse(since) }));
}
