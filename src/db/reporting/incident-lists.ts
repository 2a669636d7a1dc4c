import { sql } from "drizzle-orm";
import { overdueActions, type OverdueAction } from "#domain/reporting/alert-quality.ts";
import type { RemediatedIncidents } from "#domain/reporting/remediated-incidents.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import type { BoundedList, ListBounds } from "#domain/reporting/bounded-list.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { scopeSql, type FigureScope } from "./figure-scope.ts";

/** The latest incidents of a scope in which no one had to act, in order; there are `count`. */
export async function idleIncidents(
  db: QueryExecutor,
  scope: FigureScope,
  count: number,
  { limit, offset }: ListBounds,
): Promise<BoundedList<number>> {
  const { rows } = await db.execute<{ number: number }>(
    sql`select number from incident_figures where ${scopeSql(scope)} and idle order by number desc limit ${limit} offset ${offset}`,
  );
  return { count, items: rows.map(({ number }) => number).toReversed() };
}

/** The incidents of a scope with one signature, the latest of them, in order. */
export async function incidentsOfSignature(
  db: QueryExecutor,
  scope: FigureScope,
  signature: string,
  { limit, offset }: ListBounds,
): Promise<BoundedList<number>> {
  const which = sql`from incident_figures where ${scopeSql(scope)} and signature = ${signature}`;
  const { rows } = await db.execute<{ of: number; number: number | null }>(
    sql`select whole.of, page.number from (select count(*)::integer as of ${which}) whole left join (select number ${which} order by number desc limit ${limit} offset ${offset}) page on true order by page.number`,
  );
  return { count: rows[0]!.of, items: rows.map(({ number }) => number).filter((number) => number !== null) };
}

/** Follow-ups past due of the incidents of a scope, the oldest first. */
export async function overdueFollowups(
  db: QueryExecutor,
  scope: FigureScope,
  now: Instant,
  { limit, offset }: ListBounds,
): Promise<BoundedList<OverdueAction>> {
  const today = formatUtcDay(now);
  const due = sql`(select min(day) as first, count(*)::integer as late from unnest(due_days) day where day collate "C" < ${today})`;
  // The first actions are in the incidents that have the first due days: as many of these are enough.
  const { rows } = await db.execute<{
    number: number;
    of: number;
  }>(sql`select number, (sum(d.late) over ())::integer as of
    from incident_figures, lateral ${due} d where ${scopeSql(scope)} and cardinality(due_days) > 0 and d.late > 0
    order by d.first collate "C", number limit ${limit + offset}`);
  const stored = await incidentsByNumber(
    db,
    rows.map(({ number }) => number),
  );
  const actions = overdueActions(
    stored.map(({ state }) => state),
    now,
  );
  return { count: rows[0]?.of ?? 0, items: actions.slice(offset, offset + limit) };
}

/**
 * Resolved incidents of a scope that a verified run mitigated: the run first changed something before they were
 * mitigated. Marks that people set on a step are in the timeline; only these rows are read as JSON, because others may
 * hold what PostgreSQL would refuse.
 */
export async function remediatedIncidents(
  db: QueryExecutor,
  scope: FigureScope,
  resolved: number,
  { limit, offset }: ListBounds,
): Promise<RemediatedIncidents> {
  const { rows } = await db.execute<{ number: number; attended: boolean; at: number; of: number }>(sql`with helped as (
      select f.number, bool_or(r.by is not null or coalesce(json_array_length(r.asked->'by'), 0) > 0 or exists (select 1 from events e where e.incident = r.incident
        and case when e.type in ('run.settled', 'run.approved') then (e.data->>'run')::integer = r.number else false end)) as attended
      from runs r join incident_figures f on f.number = r.incident
      where r.state = 'succeeded' and r.wrote_at >= ${new Date(scope.from).toISOString()}::timestamptz and ${scopeSql(scope)}
        and extract(epoch from r.wrote_at) * 1000 <= f.helped_by
      group by f.number)
    select number, attended, at::integer, of::integer from (select *, row_number() over (partition by attended order by number desc) as at, count(*) over (partition by attended) as of from helped) h
    where at = 1 or (at > ${offset} and at <= ${offset + limit}) order by number`);
  const bounded = (attended: boolean): BoundedList<number> => {
    const found = rows.filter((row) => row.attended === attended);
    // The latest is read in any case: it has the number of all.
    return { count: found[0]?.of ?? 0, items: found.filter(({ at }) => at > offset).map(({ number }) => number) };
  };
  return { resolved, alone: bounded(false), approved: bounded(true) };
}
