import { sql, type SQL } from "drizzle-orm";
import type { BoundedList, ListBounds } from "#domain/reporting/bounded-list.ts";
import { monthsOf, type CalendarMonth } from "#domain/values/calendar-month.ts";
import { PRIORITIES, type Priority } from "#domain/values/language.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";
import { FAILURE_PRIORITIES } from "#domain/reporting/incident-times.ts";
import type { MonthFigures } from "#domain/reporting/monthly-figures.ts";
import type { FiguresSummary, NamedCount, IncidentStatistics } from "#domain/reporting/statistics.ts";
import type { QueryExecutor } from "#db/client.ts";
import { countedSql, scopeSql, type FigureScope } from "./figure-scope.ts";

const TIMES = ["detect", "acknowledge", "mitigate", "resolve"] as const;
type TimeName = (typeof TIMES)[number];

/** What the incidents of a scope add up to, as far as sums and percentiles go. */
export type PeriodTotals = Omit<FiguresSummary, "byPriority"> &
  Pick<IncidentStatistics, "times" | "failures" | "updates"> & { readonly idle: number; readonly resolved: number };

type TotalsRow = Record<"total" | "open" | "failures" | "idle", number> &
  Record<"pages" | "sent" | "on_time", string> &
  Record<`${TimeName}_n`, number> &
  Record<`${TimeName}_sum`, string | null> &
  Record<`${TimeName}_at`, number[] | null> & { answered: number | null };

/** Sums are whole ms; the means are theirs, so they are what adding up in the program gives. */
export async function periodTotals(db: QueryExecutor, scope: FigureScope): Promise<PeriodTotals> {
  const spreads = TIMES.map((name) => {
    const column = sql.identifier(name);
    return sql`count(${column})::integer as ${sql.identifier(`${name}_n`)}, sum(${column})::text as ${sql.identifier(`${name}_sum`)},
      percentile_cont(array[0.5, 0.9, 0.95]::float8[]) within group (order by ${column}) as ${sql.identifier(`${name}_at`)}`;
  });
  const { rows } =
    await db.execute<TotalsRow>(sql`select count(*)::integer as total, count(*) filter (where open)::integer as open,
      count(*) filter (where peak in ${[...FAILURE_PRIORITIES]})::integer as failures, count(*) filter (where idle)::integer as idle,
      coalesce(sum(cardinality(pages_at)), 0)::text as pages, coalesce(sum(updates_sent), 0)::text as sent, coalesce(sum(updates_on_time), 0)::text as on_time,
      percentile_cont(0.5) within group (order by answered) as answered, ${sql.join(spreads, sql`, `)}
    from incident_figures where ${scopeSql(scope)}`);
  const row = rows[0]!;
  const times = { detect: spread(row, "detect"), acknowledge: spread(row, "acknowledge") };
  const [mitigate, resolve] = [spread(row, "mitigate"), spread(row, "resolve")];
  return {
    total: row.total,
    open: row.open,
    pages: Number(row.pages),
    acknowledge: row.answered,
    mitigate: mitigate?.p50 ?? null,
    resolve: resolve?.p50 ?? null,
    times: { ...times, mitigate, resolve },
    failures: row.failures,
    updates: { sent: Number(row.sent), onTime: Number(row.on_time) },
    idle: row.idle,
    resolved: resolve?.count ?? 0,
  };
}

function spread(row: TotalsRow, name: TimeName): PercentileSummary | null {
  const [count, sum, at] = [row[`${name}_n`], row[`${name}_sum`], row[`${name}_at`]];
  if (count === 0 || sum === null || at === null) return null;
  return { count, mean: Number(sum) / count, p50: at[0]!, p90: at[1]!, p95: at[2]! };
}

/** How many incidents there are of each priority, service, team, and month of the opening. */
export type PeriodCounts = {
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly byService: BoundedList<NamedCount>;
  readonly byTeam: BoundedList<NamedCount>;
  readonly byMonth: readonly NamedCount[];
};

type CountRow = {
  kind: "priority" | "service" | "team" | "month";
  name: string;
  count: number;
  at: number;
  of: number;
};

/** The most frequent names first, of equal ones by their letters; months in order. */
export async function periodCounts(
  db: QueryExecutor,
  scope: FigureScope,
  { limit, offset }: ListBounds,
): Promise<PeriodCounts> {
  const months = monthsOf(scope.from, scope.to);
  const month = sql`${bucketSql(months)}::text`;
  const { rows } = await db.execute<CountRow>(sql`with grouped as (
      select case when grouping(peak) = 0 then 'priority' when grouping(service) = 0 then 'service' when grouping(team) = 0 then 'team' else 'month' end as kind,
        case when grouping(peak) = 0 then peak when grouping(service) = 0 then service when grouping(team) = 0 then team else month end as name, count(*)::integer as count
      from (select peak, coalesce(service, '–') as service, coalesce(team, '–') as team, ${month} as month from incident_figures where ${scopeSql(scope)}) f
      group by grouping sets ((peak), (service), (team), (month)))
    select kind, name, count, at::integer, of::integer from (select *, row_number() over w as at, count(*) over (partition by kind) as of
      from grouped window w as (partition by kind order by count desc, name collate "C")) r
    where kind in ('priority', 'month') or at = 1 or (at > ${offset} and at <= ${offset + limit}) order by kind, at`);
  const named = (kind: CountRow["kind"]): readonly NamedCount[] =>
    rows.filter((row) => row.kind === kind).map(({ name, count }) => ({ name, count }));
  const bounded = (kind: CountRow["kind"]): BoundedList<NamedCount> => ({
    count: rows.find((row) => row.kind === kind)?.of ?? 0,
    // The first is read in any case: it has the number of all.
    items: rows.filter((row) => row.kind === kind && row.at > offset).map(({ name, count }) => ({ name, count })),
  });
  return {
    byPriority: Object.fromEntries(
      named("priority")
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, count }) => [name, count]),
    ),
    byService: bounded("service"),
    byTeam: bounded("team"),
    byMonth: named("month")
      .map(({ name, count }) => ({ name: months[Number(name) - 1]!.name, count }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** In which of some months, from 1, an incident was opened. */
function bucketSql(months: readonly CalendarMonth[]): SQL {
  const begins = JSON.stringify(months.map(({ from }) => from));
  return sql`width_bucket(opened_at, array(select value::bigint from json_array_elements_text(${begins}::json)))`;
}

type MonthRow = { month: number; resolve: number | null; acknowledge: number | null } & Record<Priority, number>;

/** The figures of each of some months that follow one another. */
export async function figuresByMonth(
  db: QueryExecutor,
  months: readonly CalendarMonth[],
  scope: Pick<FigureScope, "service" | "private">,
): Promise<readonly MonthFigures[]> {
  const counts = PRIORITIES.map(
    (each) => sql`count(*) filter (where peak = ${each})::integer as ${sql.identifier(each)}`,
  );
  const { rows } = await db.execute<MonthRow>(sql`select ${bucketSql(months)} as month, ${sql.join(counts, sql`, `)},
      percentile_cont(0.5) within group (order by acknowledge) as acknowledge, percentile_cont(0.5) within group (order by resolve) as resolve
    from incident_figures where ${countedSql(scope)} and opened_at >= ${months[0]!.from} and opened_at < ${months.at(-1)!.to} group by 1`);
  return months.map(({ name }, i) => {
    const row = rows.find(({ month }) => month === i + 1);
    const known = PRIORITIES.filter((each) => (row?.[each] ?? 0) > 0).map((each) => [each, row![each]]);
    return {
      month: name,
      byPriority: Object.fromEntries(known),
      acknowledge: row?.acknowledge ?? null,
      resolve: row?.resolve ?? null,
    };
  });
}
