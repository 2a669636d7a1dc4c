import { sql } from "drizzle-orm";
import type { QueryExecutor } from "#db/client.ts";
import { shiftTime, type DatabaseTime } from "#db/place/database-clock.ts";

/**
 * What runbooks began more than `ms` ahead of now was begun before the clock was set back: it counts from now. Else a step
 * would be awaited, tried again, or kept from being repeated for as long as the clock went back. Answers how many times.
 */
export async function restampFutureSteps(db: QueryExecutor, now: DatabaseTime, ms: number): Promise<number> {
  const far = shiftTime(now, ms);
  const { rows } = await db.execute<{ count: number }>(sql`
    with written as (update steps set started_at = ${now} where writes and started_at > ${far} returning 1),
      read as (update steps set started_at = ${now} where not writes and started_at > ${far}
        and run in (select number from runs where next_at is not null) returning 1),
      wrote as (update runs set wrote_at = ${now} where wrote_at > ${far} returning 1)
    select (select count(*) from written)::integer + (select count(*) from read)::integer + (select count(*) from wrote)::integer as count`);
  return rows[0]!.count;
}

/**
 * Alerts that were received more than `ms` ahead of now were received before the clock was set back: they count as received now.
 * Else the silence of their source would be noticed later by as much as the clock went back. Answers how many.
 */
export async function restampFutureSightings(db: QueryExecutor, now: DatabaseTime, ms: number): Promise<number> {
  const { rowCount } = await db.execute(
    sql`update alerts set last_seen_at = ${now} where last_seen_at > ${shiftTime(now, ms)} and (watchdog is true or status = 'firing')`,
  );
  return rowCount ?? 0;
}
