import { eq, sql } from "drizzle-orm";
import type { HeartbeatRecord } from "#domain/alerting/heartbeat.ts";
import { PAUSE_MS } from "#domain/alerting/heartbeat.ts";
import type { Instant } from "#domain/values/language.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { QueryExecutor } from "#db/client.ts";
import { heartbeatsTable } from "./watch-schema.ts";

/** What Muster does all the time: its doors are open, its workers work, hand-offs are announced, the marks of watchdogs and the owners of alerts fit the policy. */
export type HeartbeatName = "doors" | "handoffs" | "owners" | "watchdogs" | "workers";

/** When something was done last, and since when without a pause; null: never. */
export async function readHeartbeat(db: QueryExecutor, name: HeartbeatName): Promise<HeartbeatRecord | null> {
  const [row] = await db.select().from(heartbeatsTable).where(eq(heartbeatsTable.name, name));
  return row === undefined ? null : { since: row.since.getTime(), at: row.at.getTime(), note: row.note };
}

/**
 * Records that something was done at `now`. After more than `pauseMs` without it, it counts from now on. Several
 * processes may record it, with clocks that differ a little: the latest counts, and one that is an hour ahead of this
 * one is not believed.
 *
 * @returns when it was done last before a pause that ends now; null when there was none
 */
export async function recordHeartbeat(
  db: QueryExecutor,
  name: HeartbeatName,
  now: Instant,
  note: string | null = null,
  pauseMs = PAUSE_MS,
): Promise<Instant | null> {
  const at = sql`${new Date(now).toISOString()}::timestamptz`;
  const ms = (length: number) => sql`${length} * interval '1 millisecond'`;
  const { rows } = await db.execute<{ at: string }>(
    sql`with before as (select at from heartbeats where name = ${name}), written as (insert into heartbeats (name, since, at, note) values (${name}, ${at}, ${at}, ${note}) on conflict (name) do update set
      since = case when excluded.at - heartbeats.at > ${ms(pauseMs)} then excluded.at else least(heartbeats.since, excluded.at) end,
      at = case when heartbeats.at - excluded.at > ${ms(HOUR_MS)} then excluded.at else greatest(heartbeats.at, excluded.at) end,
      note = excluded.note returning name)
      select before.at::text as at from before, written where ${at} - before.at > ${ms(pauseMs)}`,
  );
  const last = rows[0]?.at;
  return last === undefined ? null : Date.parse(last);
}
