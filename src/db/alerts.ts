import type { TruncationMark } from "#domain/alerting/truncation.ts";
import { and, asc, desc, eq, getTableColumns, gt, isNotNull, isNull, notInArray, or, sql, type SQL } from "drizzle-orm";
import type { Alert } from "#domain/incident/alert.ts";
import type { AlertPosition } from "#domain/incident/alert-position.ts";
import { alertsTable, truncatedGroupsTable } from "./schema.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";

/**
 * The columns that deliveries set. Polling sets `missingSince` and people set `mergedFrom`, so these are never written
 * back with an alert.
 */
const { missingSince: _missingSince, mergedFrom, ...columns } = getTableColumns(alertsTable);
export const alertColumns = columns;

/** The known alerts among (source, fingerprint) pairs. */
export async function loadAlerts(
  db: QueryExecutor,
  pairs: readonly { readonly source: string; readonly fingerprint: string }[],
): Promise<Alert[]> {
  if (pairs.length === 0) return [];
  const wanted = sql`select distinct source, fingerprint from json_to_recordset(${JSON.stringify(pairs)}::json) as w(source text, fingerprint text)`;
  const rows = await db
    .select({ alert: alertColumns })
    .from(sql`(${wanted}) as w`)
    .innerJoin(alertsTable, sql`${alertsTable.source} = w.source and ${alertsTable.fingerprint} = w.fingerprint`);
  return rows.map(({ alert }) => toAlert(alert));
}

/** Writes what is now known of each alert. */
export async function saveAlerts(db: QueryExecutor, saved: readonly Alert[]): Promise<void> {
  if (saved.length === 0) return;
  const rows = saved.map(
    ({ suppressedUntil: mutedUntil, suppressedBecause: mutedWhy, watchdog = false, ...alert }) => ({
      ...alert,
      watchdog,
      mutedUntil,
      mutedWhy,
    }),
  );
  await db.execute(
    sql`${bulkInsert(alertsTable, rows)} on conflict (source, fingerprint) do update set status = excluded.status, incident = excluded.incident, priority = excluded.priority, priority_reason = excluded.priority_reason, labels = excluded.labels, annotations = excluded.annotations, generator_url = excluded.generator_url, starts_at = excluded.starts_at, first_starts_at = excluded.first_starts_at, ends_at = excluded.ends_at, reported_starts_at = excluded.reported_starts_at, reported_ends_at = excluded.reported_ends_at, last_seen_at = excluded.last_seen_at, seq = excluded.seq, repeats = excluded.repeats, flaps = excluded.flaps, group_keys = excluded.group_keys, receivers = excluded.receivers, external_urls = excluded.external_urls, muted_until = excluded.muted_until, muted_why = excluded.muted_why, watchdog = excluded.watchdog`,
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
  return (await db.select(alertColumns).from(alertsTable).where(eq(mergedFrom, incident))).map(toAlert);
}

/** `suppressed`: those that something holds back, or held back when they were last received. */
export type AlertFilter = {
  readonly status?: "firing" | "resolved";
  readonly incident?: number;
  readonly suppressed?: boolean;
  /** Incidents whose alerts are left out, before the limit counts. */
  readonly without?: readonly number[];
  /** The alert after which the list goes on. */
  readonly after?: AlertPosition;
  readonly limit: number;
};

/**
 * Alerts: those that fire, the last received first, then those that are resolved, the last ended first. By what does not
 * change with each repetition: an index over the last receipt would cost each of them an entry in every index.
 */
export async function listAlerts(db: QueryExecutor, filter: AlertFilter): Promise<Alert[]> {
  const { status, after, limit } = filter;
  const read = (of: AlertPosition["status"], most: number): Promise<Alert[]> =>
    alertsOfStatus(db, { ...filter, status: of, limit: most });
  if (status !== undefined) return read(status, limit);
  const firing = after?.status === "resolved" ? [] : await read("firing", limit);
  return firing.length < limit ? [...firing, ...(await read("resolved", limit - firing.length))] : firing;
}

async function alertsOfStatus(
  db: QueryExecutor,
  { status, incident, suppressed, without, after, limit }: AlertFilter & { readonly status: AlertPosition["status"] },
): Promise<Alert[]> {
  const { source, fingerprint, endsAt, lastSeenAt } = alertsTable;
  const at = status === "firing" ? lastSeenAt : endsAt;
  const from = after === undefined ? null : sql`${new Date(after.at).toISOString()}::timestamptz`;
  const wanted: (SQL | undefined)[] = [
    eq(alertsTable.status, status),
    incident === undefined ? undefined : eq(alertsTable.incident, incident),
    suppressed === undefined
      ? undefined
      : suppressed
        ? isNotNull(alertsTable.mutedUntil)
        : isNull(alertsTable.mutedUntil),
    outside(without),
    after === undefined || after.status !== status
      ? undefined
      : sql`${at} <= ${from} and (${at} < ${from} or (${source}, ${fingerprint}) > (${after.source}, ${after.fingerprint}))`,
  ];
  const rows = await db
    .select(alertColumns)
    .from(alertsTable)
    .where(and(...wanted))
    .orderBy(desc(at), asc(source), asc(fingerprint))
    .limit(limit);
  return rows.map(toAlert);
}

/** Alerts of none of these incidents. */
function outside(incidents: readonly number[] = []): SQL | undefined {
  return incidents.length === 0
    ? undefined
    : or(isNull(alertsTable.incident), notInArray(alertsTable.incident, [...incidents]));
}

/** The alerts that stopped and started again most often, of equal ones those that started last; `without`: of no incident among these. */
export async function flappingAlerts(
  db: QueryExecutor,
  { limit, without }: Pick<AlertFilter, "limit" | "without">,
): Promise<Alert[]> {
  const rows = await db
    .select(alertColumns)
    .from(alertsTable)
    .where(and(gt(alertsTable.flaps, 0), outside(without)))
    .orderBy(desc(alertsTable.flaps), desc(alertsTable.startsAt))
    .limit(limit);
  return rows.map(toAlert);
}

/** Firing alerts that are held back, the worst first, then by source and fingerprint: all of them, page by page. */
export function suppressedAlerts(db: QueryExecutor): AsyncGenerator<Alert[]> {
  return readPages(async (after: Alert | null) => {
    const rows = await db
      .select(alertColumns)
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
      .limit(PAGE_SIZE);
    return rows.map(toAlert);
  });
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
export const PAGE_SIZE = 1_000;

/** Everything that `read` finds, in pages after one another: what changes in between moves nothing from one page to another. */
export async function* readPages<Row>(read: (after: Row | null) => Promise<Row[]>): AsyncGenerator<Row[]> {
  let after: Row | null = null;
  for (;;) {
    const page: Row[] = await read(after);
    if (page.length > 0) yield page;
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)!;
  }
}

/** The alerts for which a condition holds, in no order. */
export async function selectAlerts(db: QueryExecutor, where: SQL): Promise<Alert[]> {
  return (await db.select(alertColumns).from(alertsTable).where(where)).map(toAlert);
}

/** All alerts for which a condition holds, page by page, by source and fingerprint. */
export function alertPages(db: QueryExecutor, where: SQL): AsyncGenerator<Alert[]> {
  return readPages(async (after: Alert | null) => {
    const next =
      after === null
        ? sql`true`
        : sql`(${alertsTable.source}, ${alertsTable.fingerprint}) > (${after.source}, ${after.fingerprint})`;
    const rows = await db
      .select(alertColumns)
      .from(alertsTable)
      .where(sql`${where} and ${next}`)
      .orderBy(asc(alertsTable.source), asc(alertsTable.fingerprint))
      .limit(PAGE_SIZE);
    return rows.map(toAlert);
  });
}

/** An alert as its row has it. */
export function toAlert({
  mutedUntil,
  mutedWhy,
  watchdog,
  ...row
}: Omit<typeof alertsTable.$inferSelect, "missingSince" | "mergedFrom">): Alert {
  return {
    ...row,
    ...(watchdog === true ? { watchdog } : {}),
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

/** Stores how many members each incident believes to be hidden. */
export async function saveTruncationMarks(db: QueryExecutor, marks: readonly TruncationMark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.execute(
    sql`${bulkInsert(truncatedGroupsTable, marks)} on conflict (source, "group", incident) do update set hidden = excluded.hidden, seq = excluded.seq`,
  );
}
