import { sql } from "drizzle-orm";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Instant, Timer } from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { timersTable } from "./schema.ts";

export type DueTimer = { readonly incident: number; readonly timer: Timer; readonly due: Instant };

/** Sets and clears timers; the last change of a timer wins. */
export async function changeTimers(
  db: QueryExecutor,
  changes: readonly { readonly incident: number; readonly change: TimerChange }[],
): Promise<void> {
  const last = new Map(changes.map((each) => [`${each.incident}:${each.change.timer}`, each]));
  const set = [...last.values()].filter(({ change }) => change.at !== null);
  const cleared = [...last.values()].filter(({ change }) => change.at === null);
  if (set.length > 0)
    await db.execute(
      sql`${bulkInsert(
        timersTable,
        set.map(({ incident, change }) => ({ incident, timer: change.timer, dueAt: change.at })),
      )} on conflict (incident, timer) do update set due_at = excluded.due_at`,
    );
  if (cleared.length > 0)
    await db.execute(
      sql`delete from timers t using json_to_recordset(${JSON.stringify(cleared.map(({ incident, change }) => ({ incident, timer: change.timer })))}::json) as c(incident integer, timer text) where t.incident = c.incident and t.timer = c.timer`,
    );
}

/** Removes and returns timers that are due. To be called in the transaction that stores what follows from them. */
export async function takeDueTimers(db: QueryExecutor, now: Instant, limit: number): Promise<DueTimer[]> {
  const { rows } = await db.execute<{ incident: number; timer: Timer; due: string }>(
    sql`delete from timers t using (select incident, timer from timers where due_at <= ${new Date(now).toISOString()}::timestamptz order by due_at limit ${limit} for update skip locked) d where t.incident = d.incident and t.timer = d.timer returning t.incident, t.timer, t.due_at::text as due`,
  );
  return rows.map((row) => ({ incident: row.incident, timer: row.timer, due: Date.parse(row.due) }));
}

/** When the next timer is due, or null. */
export async function nextTimerDue(db: QueryExecutor): Promise<Instant | null> {
  const { rows } = await db.execute<{ due: string | null }>(
    sql`select least((select min(due_at) from timers), (select min(escalate_at) from runs))::text as due`,
  );
  return rows[0]?.due ? Date.parse(rows[0].due) : null;
}
