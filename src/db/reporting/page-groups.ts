import { sql } from "drizzle-orm";
import type { PageGroup } from "#domain/reporting/page-load.ts";
import type { ClockSegments } from "#domain/values/wall-clock.ts";
import type { QueryExecutor } from "#db/client.ts";
import { scopeSql, type FigureScope } from "./figure-scope.ts";

/**
 * The pages of the incidents of a scope that got through, in groups: for the same people, while no clock in play was put
 * forward or back, in the same slot of the day. Within a group every clock shows one hour.
 */
export async function pageGroups(
  db: QueryExecutor,
  scope: FigureScope,
  { bounds, slotMs, dayMs }: ClockSegments,
): Promise<readonly PageGroup[]> {
  const segment = sql`width_bucket(p.at, array(select value::bigint from json_array_elements_text(${JSON.stringify(bounds)}::json)))`;
  const { rows } = await db.execute<{
    to: string;
    at: string;
    count: number;
  }>(sql`select p."to", min(p.at)::text as at, count(*)::integer as count
    from incident_figures f, unnest(f.pages_to, f.pages_at) as p("to", at) where ${scopeSql(scope)}
    group by p."to", ${segment}, (p.at % ${dayMs}::bigint) / ${slotMs}::bigint`);
  return rows.map(({ to, at, count }) => ({ to, requestedAt: Number(at), count }));
}
