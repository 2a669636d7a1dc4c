import { sql } from "drizzle-orm";
import type { CalendarMonth } from "#domain/values/calendar-month.ts";
import type { ListBounds } from "#domain/reporting/bounded-list.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { countedSql, type FigureScope } from "./figure-scope.ts";

/** ms that each of some services was down in each of some months; `count`: how many services there are. */
export type ServiceDowntime = {
  readonly count: number;
  readonly services: readonly { readonly service: string; readonly down: readonly number[] }[];
};

/** One row with `of` alone when the part that is asked for is empty. */
type DownRow = { of: number; service: string | null; down: string[] };

/**
 * When services were down, overlapping incidents counted once: of those named, and of those with incidents that were open
 * at some instant of `scope`. Named ones come first, then by their letters; what lies after `now` has not passed.
 */
export async function serviceDowntime(
  db: QueryExecutor,
  scope: FigureScope,
  months: readonly CalendarMonth[],
  now: Instant,
  named: readonly string[],
  { limit, offset }: ListBounds,
): Promise<ServiceDowntime> {
  const windows = JSON.stringify(
    months.map(({ from, to }, at) => ({ at, from, to: Math.max(from, Math.min(now, to)) })),
  );
  const { rows } =
    await db.execute<DownRow>(sql`with visible as materialized (select service, down from incident_figures
      where ${countedSql(scope)} and opened_at < ${scope.to} and (resolved_at is null or resolved_at >= ${scope.from}) and service is not null),
    names as (select service, bool_or(named) as named from (select value as service, true as named from json_array_elements_text(${JSON.stringify(named)}::json)
      union all select distinct service, false from visible) n group by service),
    picked as (select service from names order by named desc, service collate "C" limit ${limit} offset ${offset}),
    joined as (select v.service, range_agg(r) as down from visible v cross join lateral unnest(v.down) r where v.service in (select service from picked) group by v.service)
    select whole.of, p.service, array_agg((select coalesce(sum(upper(r) - lower(r)), 0) from unnest(j.down * int8multirange(int8range(m."from", m."to"))) r)::text order by m.at) as down
    from (select count(*)::integer as of from names) whole left join picked p on true left join joined j on j.service = p.service
      cross join json_to_recordset(${windows}::json) as m(at integer, "from" bigint, "to" bigint)
    group by whole.of, p.service`);
  return {
    count: rows[0]!.of,
    services: rows
      .flatMap(({ service, down }) => (service === null ? [] : [{ service, down: down.map(Number) }]))
      .toSorted((a, b) => (a.service < b.service ? -1 : 1)),
  };
}

/** When the first incident began or was opened: nothing is known of the time before it. null: there is none. */
export async function firstKnownAt(db: QueryExecutor): Promise<Instant | null> {
  const { rows } = await db.execute<{ at: string | null }>(
    sql`select (extract(epoch from min(opened_at)) * 1000)::bigint::text as at from incidents`,
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : Number(at);
}
