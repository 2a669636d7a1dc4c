import { sql } from "drizzle-orm";
import type { Instant, Lane } from "#domain/values/language.ts";
import type { QueryExecutor } from "./client.ts";

/** The lanes in which something has been due since `late` or longer. Cheap however much waits. */
export async function overdueLanes(db: QueryExecutor, late: Instant): Promise<Lane[]> {
  const at = sql`${new Date(late).toISOString()}::timestamptz`;
  const { rows } = await db.execute<{ lane: Lane }>(sql`
    select 'apply' as lane where exists (select 1 from commands where done_at is null and recorded_at <= ${at})
    union all select 'timers' where exists (select 1 from timers where due_at <= ${at}) or exists (select 1 from runs where escalate_at <= ${at})
    union all select 'run' where exists (select 1 from runs where next_at <= ${at})
    union all select lane from (values ('page'), ('chat'), ('ticket')) as l(lane)
      where exists (select 1 from effects e where e.lane = l.lane and e.status in ('pending', 'started') and e.due_at <= ${at})`);
  return rows.map(({ lane }) => lane);
}

/** How much waits in each lane now: a gauge, looked at when somebody asks for it. */
export async function laneDepths(db: QueryExecutor): Promise<{ readonly lane: Lane; readonly count: number }[]> {
  const { rows } = await db.execute<{ lane: Lane; count: string }>(sql`
    select 'apply' as lane, count(*) as count from commands where done_at is null
    union all select 'timers', count(*) from timers
    union all select 'run', count(*) from runs where next_at is not null
    union all select lane, count(*) from effects where status in ('pending', 'started') group by lane`);
  return rows.map(({ lane, count }) => ({ lane, count: Number(count) }));
}

/** When the next effect, timer or run is due, or null when nothing waits. */
export async function nextWorkDue(db: QueryExecutor): Promise<Instant | null> {
  const { rows } = await db.execute<{ due: string | null }>(sql`
    select min(due)::text as due from (
      select min(due_at) as due from effects where status in ('pending', 'started')
      union all select min(due_at) from timers
      union all select min(next_at) from runs
      union all select min(escalate_at) from runs) as each`);
  return rows[0]?.due ? Date.parse(rows[0].due) : null;
}
