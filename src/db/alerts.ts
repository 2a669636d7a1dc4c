import type { TruncationMark } from "#domain/alerting/truncation.ts";
import { and, asc, desc, eq, getTableColumns, gt, gte, isNotNull, isNull, lt, sql, type SQL } from "drizzle-orm";
import type { Alert } from "#domain/incident/alert.ts";
import type { PolledAlert } from "#domain/alerting/source-answer.ts";
import type { Instant } from "#domain/values/language.ts";
import { alertsTable, commandsTable, truncatedGroupsTable } from "./schema.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";

/** What deliveries say; `missingSince` is what asking says and `mergedFrom` what people say: no part of an alert that is written back. */
const { missingSince, mergedFrom, ...columns } = getTableColumns(alertsTable);

/** The known alerts among (source, fingerprint) pairs. */
export async function loadAlerts(
  db: QueryExecutor,
  pairs: readonly { readonly source: string; readonly fingerprint: string }[],
): Promise<Alert[]> {
  if (pairs.length === 0) return [];
  const wanted = sql`select distinct source, fingerprint from json_to_recordset(${JSON.stringify(pairs)}::json) as w(source text, fingerprint text)`;
  const rows = await db
    .select({ alert: columns })
    .from(sql`(${wanted}) as w`)
    .innerJoin(alertsTable, sql`${alertsTable.source} = w.source and ${alertsTable.fingerprint} = w.fingerprint`);
  return rows.map(({ alert }) => toAlert(alert));
}

/** Writes what is now known of each alert. */
export async function saveAlerts(db: QueryExecutor, saved: readonly Alert[]): Promise<void> {
  if (saved.length === 0) return;
  const rows = saved.map(({ suppressedUntil: mutedUntil, suppressedBecause: mutedWhy, ...alert }) => ({
    ...alert,
    mutedUntil,
    mutedWhy,
  }));
  await db.execute(
    sql`${bulkInsert(alertsTable, rows)} on conflict (source, fingerprint) do update set status = excluded.status, incident = excluded.incident, priority = excluded.priority, priority_reason = excluded.priority_reason, labels = excluded.labels, annotations = excluded.annotations, generator_url = excluded.generator_url, starts_at = excluded.starts_at, first_starts_at = excluded.first_starts_at, ends_at = excluded.ends_at, reported_starts_at = excluded.reported_starts_at, reported_ends_at = excluded.reported_ends_at, last_seen_at = excluded.last_seen_at, seq = excluded.seq, repeats = excluded.repeats, flaps = excluded.flaps, group_keys = excluded.group_keys, receivers = excluded.receivers, external_urls = excluded.external_urls, muted_until = excluded.muted_until, muted_why = excluded.muted_why`,
  );
}

/** What is known of an alert under the names that it is stored and shown by. */
export function toStoredAlert({ suppressedUntil, suppressedBecause, ...alert }: Partial<Alert>): object {
  return suppressedUntil === undefined
    ? alert
    : { ...alert, mutedUntil: suppressedUntil, mutedWhy: suppressedBecause ?? null };
}

/** All alerts of a merged incident go to the one that goes on. */
export async function moveAlerts(db: QueryExecutor, from: number, to: number): Promise<void> {
  await db.update(alertsTable).set({ incident: to, mergedFrom: from }).where(eq(alertsTable.incident, from));
}

/** The merge is taken back: what came from `to` goes back to it. */
export async function returnAlerts(db: QueryExecutor, from: number, to: number): Promise<void> {
  await db
    .update(alertsTable)
    .set({ incident: to, mergedFrom: null })
    .where(and(eq(alertsTable.incident, from), eq(mergedFrom, to)));
}

/** The alerts that came from an incident when it was merged, and are still where they went. */
export async function alertsMergedFrom(db: QueryExecutor, incident: number): Promise<Alert[]> {
  return (await db.select(columns).from(alertsTable).where(eq(mergedFrom, incident))).map(toAlert);
}

/** `muted`: those that something holds back, or held back when they were last received. */
export type AlertFilter = {
  readonly status?: "firing" | "resolved";
  readonly incident?: number;
  readonly suppressed?: boolean;
  readonly limit: number;
};

/** Alerts, the last received first. */
export async function listAlerts(db: QueryExecutor, filter: AlertFilter): Promise<Alert[]> {
  const wanted: (SQL | undefined)[] = [
    filter.status && eq(alertsTable.status, filter.status),
    filter.incident === undefined ? undefined : eq(alertsTable.incident, filter.incident),
    filter.suppressed === undefined
      ? undefined
      : filter.suppressed
        ? isNotNull(alertsTable.mutedUntil)
        : isNull(alertsTable.mutedUntil),
  ];
  const rows = await db
    .select(columns)
    .from(alertsTable)
    .where(and(...wanted))
    .orderBy(desc(alertsTable.lastSeenAt))
    .limit(filter.limit);
  return rows.map(toAlert);
}

/** The alerts that stopped and started again most often. */
export async function flappingAlerts(db: QueryExecutor, limit: number): Promise<Alert[]> {
  const rows = await db
    .select(columns)
    .from(alertsTable)
    .where(gt(alertsTable.flaps, 0))
    .orderBy(desc(alertsTable.flaps), desc(alertsTable.lastSeenAt))
    .limit(limit);
  return rows.map(toAlert);
}

/** Firing alerts that are held back, the worst first, then by source and fingerprint; those after `after`. */
export async function suppressedAlerts(db: QueryExecutor, after: Alert | null, limit: number): Promise<Alert[]> {
  const rows = await db
    .select(columns)
    .from(alertsTable)
    .where(
      and(
        eq(alertsTable.status, "firing"),
        isNotNull(alertsTable.mutedUntil),
        after === null
          ? undefined
          : sql`(${alertsTable.priority}, ${alertsTable.source}, ${alertsTable.fingerprint}) > (${after.priority}, ${after.source}, ${after.fingerprint})`,
      ),
    )
    .orderBy(asc(alertsTable.priority), asc(alertsTable.source), asc(alertsTable.fingerprint))
    .limit(limit);
  return rows.map(toAlert);
}

/** How many firing alerts are held back: a gauge. */
export async function countSuppressedAlerts(db: QueryExecutor): Promise<number> {
  const rows = await db
    .select({ count: sql<number>`count(*)::integer` })
    .from(alertsTable)
    .where(and(eq(alertsTable.status, "firing"), isNotNull(alertsTable.mutedUntil)));
  return rows[0]?.count ?? 0;
}

/** Rows in one page of a walk through a table that may be long. */
const PAGE = 1_000;

/** Firing alerts of a source that were last received before `before`: all of them, page by page, by fingerprint. */
export function staleAlerts(db: QueryExecutor, source: string, before: Instant): AsyncGenerator<PolledAlert[]> {
  return pages(async (after) => {
    const rows = await db
      .select({ ...columns, missingSince })
      .from(alertsTable)
      .where(
        and(
          eq(alertsTable.status, "firing"),
          eq(alertsTable.source, source),
          lt(alertsTable.lastSeenAt, new Date(before)),
          isNotNull(alertsTable.incident),
          after === null ? undefined : gt(alertsTable.fingerprint, after),
        ),
      )
      .orderBy(asc(alertsTable.fingerprint))
      .limit(PAGE);
    return rows.map((row) => {
      // A delivery since then takes it back without a write of its own, also one that the version before applies.
      const counts = row.missingSince !== null && row.missingSince > row.lastSeenAt;
      return { ...toAlert(row), missingSince: counts ? row.missingSince!.getTime() : null };
    });
  });
}

/**
 * Alerts of a source that are resolved because of a command whose key begins with `prefix`, and were found missing since
 * `from`: page by page, by fingerprint. The delivery that an alert's row speaks for says whose word its end was.
 */
export function alertsEndedByReconciliation(
  db: QueryExecutor,
  source: string,
  prefix: string,
  from: Instant,
): AsyncGenerator<Alert[]> {
  return pages(async (after) => {
    const rows = await db
      .select(columns)
      .from(alertsTable)
      .innerJoin(commandsTable, eq(commandsTable.id, alertsTable.seq))
      .where(
        and(
          eq(alertsTable.status, "resolved"),
          eq(alertsTable.source, source),
          gte(alertsTable.missingSince, new Date(from)),
          sql`starts_with(${commandsTable.key}, ${prefix})`,
          after === null ? undefined : gt(alertsTable.fingerprint, after),
        ),
      )
      .orderBy(asc(alertsTable.fingerprint))
      .limit(PAGE);
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

/** Everything that `read` finds, in pages after one another: what changes in between moves nothing from one page to another. */
async function* pages<Row extends { readonly fingerprint: string }>(
  read: (after: string | null) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let after: string | null = null;
  for (;;) {
    const page: Row[] = await read(after);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.fingerprint;
  }
}

/** Alerts that belong to no incident: watchdogs, and resolutions of alerts that were not received as firing. Firing ones first, the newest before the others. */
export async function alertsWithoutIncident(db: QueryExecutor): Promise<Alert[]> {
  const rows = await db
    .select(columns)
    .from(alertsTable)
    .where(isNull(alertsTable.incident))
    .orderBy(asc(alertsTable.status), desc(alertsTable.lastSeenAt))
    .limit(1_000);
  return rows.map(toAlert);
}

function toAlert({
  mutedUntil,
  mutedWhy,
  ...row
}: Omit<typeof alertsTable.$inferSelect, "missingSince" | "mergedFrom">): Alert {
  return {
    ...row,
    startsAt: row.startsAt.getTime(),
    firstStartsAt: row.firstStartsAt.getTime(),
    endsAt: row.endsAt?.getTime() ?? null,
    reportedStartsAt: row.reportedStartsAt?.getTime() ?? null,
    reportedEndsAt: row.reportedEndsAt?.getTime() ?? null,
    firstSeenAt: row.firstSeenAt.getTime(),
    lastSeenAt: row.lastSeenAt.getTime(),
    suppressedUntil: mutedUntil?.getTime() ?? null,
    suppressedBecause: mutedWhy,
  };
}

/** What is known of groups that have left members out; nothing of the many that never did. */
export async function loadTruncationMarks(
  db: QueryExecutor,
  groups: readonly { readonly source: string; readonly group: string }[],
): Promise<TruncationMark[]> {
  if (groups.length === 0) return [];
  const { rows } = await db.execute<{ source: string; group: string; incident: number; hidden: number; seq: string }>(
    sql`select t.source, t."group", t.incident, t.hidden, t.seq from (select distinct source, "group" from json_to_recordset(${JSON.stringify(groups)}::json) as w(source text, "group" text)) w join truncated_groups t on t.source = w.source and t."group" = w."group"`,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** Stores the truncation that incidents know of. */
export async function saveTruncationMarks(db: QueryExecutor, marks: readonly TruncationMark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.execute(
    sql`${bulkInsert(truncatedGroupsTable, marks)} on conflict (source, "group", incident) do update set hidden = excluded.hidden, seq = excluded.seq`,
  );
}
