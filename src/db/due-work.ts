import { and, asc, eq, inArray, sql, type SQL } from "drizzle-orm";
import { EFFECT_LANES } from "#domain/effects/effect-definition.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { Instant, Lane, Timer } from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import type { QueryExecutor } from "./client.ts";
import { shiftTime, type DatabaseTime } from "#db/place/database-clock.ts";
import { timersTable } from "./schema.ts";
import type { Run } from "#domain/automation/run.ts";
import { runsTable } from "./run-schema.ts";
import { loadRuns, toRun } from "./runs.ts";

// What is due: timers, runs of runbooks, and the lanes in which something waits.

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
export async function takeDueTimers(db: QueryExecutor, now: DatabaseTime, limit: number): Promise<DueTimer[]> {
  const { rows } = await db.execute<{ incident: number; timer: Timer; due: string }>(
    sql`delete from timers t using (select incident, timer from timers where due_at <= ${now} order by due_at limit ${limit} for update skip locked) d where t.incident = d.incident and t.timer = d.timer returning t.incident, t.timer, t.due_at::text as due`,
  );
  return rows.map((row) => ({ incident: row.incident, timer: row.timer, due: Date.parse(row.due) }));
}

/** ms until the next timer is due, 0 when one is, null when there is none. */
export function nextTimerDueIn(db: QueryExecutor, now: DatabaseTime): Promise<number | null> {
  return msUntil(db, sql`least((select min(due_at) from timers), (select min(escalate_at) from runs))`, now);
}

/** Rows in one page of those that lie far ahead. */
const PAGE = 1_000;

/** The timers of these kinds that are due later than `ms` from now, page by page, with their incident. */
export async function* distantTimers(
  db: QueryExecutor,
  now: DatabaseTime,
  kinds: readonly Timer[],
  ms: number,
): AsyncGenerator<readonly (DueTimer & { readonly aheadMs: number })[]> {
  for (let after: { incident: number; timer: Timer } | null = null; ;) {
    const next: SQL = after === null ? sql`true` : sql`(incident, timer) > (${after.incident}, ${after.timer})`;
    const { rows }: { rows: { incident: number; timer: Timer; due: string; ahead: string }[] } = await db.execute(
      sql`select incident, timer, due_at::text as due, (extract(epoch from due_at - ${now}) * 1000)::bigint::text as ahead from timers
        where timer in ${[...kinds]} and due_at > ${shiftTime(now, ms)} and ${next} order by incident, timer limit ${PAGE}`,
    );
    if (rows.length > 0)
      yield rows.map(({ incident, timer, due, ahead }) => ({
        incident,
        timer,
        due: Date.parse(due),
        aheadMs: Number(ahead),
      }));
    if (rows.length < PAGE) return;
    after = rows.at(-1)!;
  }
}

/** Makes timers due so many ms from now, unless they were set to another time since they were read. */
export async function advanceTimers(
  db: QueryExecutor,
  now: DatabaseTime,
  timers: readonly (DueTimer & { readonly waitMs: number })[],
): Promise<void> {
  for (const { incident, timer, due, waitMs } of timers)
    await db.execute(
      sql`update timers set due_at = ${shiftTime(now, waitMs)} where incident = ${incident} and timer = ${timer} and due_at > ${new Date(due - 1_000).toISOString()}::timestamptz`,
    );
}

// Which runs are due, who takes them, and what makes them due.

/** Takes the deadlines that have passed, each once; to be published in the same transaction. */
export async function takeOverdueRuns(tx: QueryExecutor, now: DatabaseTime): Promise<Run[]> {
  const due = await tx
    .select()
    .from(runsTable)
    .where(sql`escalate_at <= ${now}`)
    .orderBy(asc(runsTable.urgency), asc(runsTable.number))
    .limit(100)
    .for("update", { skipLocked: true });
  if (due.length > 0)
    await tx
      .update(runsTable)
      .set({ escalateAt: null })
      .where(
        inArray(
          runsTable.number,
          due.map(({ number }) => number),
        ),
      );
  return due.map(toRun);
}

/** Takes runs that are due, the most urgent first, for `lease` ms, and fences their previous workers. */
export async function claimRuns(db: QueryExecutor, limit: number, now: DatabaseTime, lease: number): Promise<Run[]> {
  const until = shiftTime(now, lease);
  const { rows } = await db.execute<{ number: number }>(
    sql`update runs set epoch = runs.epoch + 1, lease_until = ${until}, next_at = ${until}
      from (select number from runs where next_at <= ${now} order by urgency, next_at limit ${limit} for update skip locked) as due
      where runs.number = due.number returning runs.number`,
  );
  return rows.length === 0 ? [] : loadRuns(db, [...rows.map(({ number }) => number)]);
}

/** A run, and how many ms ahead of now its times lie; null: it has none. */
export type DistantRun = {
  readonly run: Run;
  readonly escalateMs: number | null;
  readonly nextMs: number | null;
};

/** The runs of which a time lies more than `ms` ahead, page by page. */
export async function* distantRuns(
  db: QueryExecutor,
  now: DatabaseTime,
  ms: number,
): AsyncGenerator<readonly DistantRun[]> {
  const far = shiftTime(now, ms);
  const ahead = (column: string): SQL =>
    sql`(extract(epoch from ${sql.identifier(column)} - ${now}) * 1000)::bigint::text`;
  for (let after = 0; ;) {
    const { rows } = await db.execute<{ number: number; escalate: string | null; next: string | null }>(
      sql`select number, ${ahead("escalate_at")} as escalate, ${ahead("next_at")} as next from runs
        where (escalate_at > ${far} or next_at > ${far}) and number > ${after} order by number limit ${PAGE}`,
    );
    if (rows.length === 0) return;
    const runs = new Map((await loadRuns(db, [...rows.map(({ number }) => number)])).map((run) => [run.number, run]));
    const msOf = (text: string | null): number | null => (text === null ? null : Number(text));
    yield rows.flatMap(({ number, escalate, next }) => {
      const run = runs.get(number);
      return run === undefined ? [] : [{ run, escalateMs: msOf(escalate), nextMs: msOf(next) }];
    });
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.number;
  }
}

/** Makes a time of a run come so many ms from now, when it lies further ahead. A run that a worker has is held for as long. */
export async function advanceRun(
  db: QueryExecutor,
  now: DatabaseTime,
  number: number,
  { escalate, next }: { readonly escalate: number | null; readonly next: number | null },
): Promise<void> {
  if (escalate !== null)
    await db.execute(
      sql`update runs set escalate_at = least(escalate_at, ${shiftTime(now, escalate)}) where number = ${number}`,
    );
  if (next !== null)
    await db.execute(
      sql`update runs set next_at = least(next_at, ${shiftTime(now, next)}), lease_until = least(next_at, ${shiftTime(now, next)}) + (lease_until - next_at)
        where number = ${number}`,
    );
}

/** ms until the next run is due, 0 when one is, null when there is none. */
export function nextRunDueIn(db: QueryExecutor, now: DatabaseTime): Promise<number | null> {
  return msUntil(db, sql`(select min(next_at) from runs)`, now);
}

/** Makes live runs of incidents due, because something they depend on has changed. */
export async function wakeRuns(tx: QueryExecutor, incidents: readonly number[], now: Instant): Promise<void> {
  if (incidents.length === 0) return;
  await tx
    .update(runsTable)
    .set({ nextAt: new Date(now) })
    .where(
      and(
        inArray(runsTable.incident, [...incidents]),
        inArray(runsTable.state, ["planned", "waiting-approval", "running", "verifying"]),
        sql`${runsTable.leaseUntil} is null`,
      ),
    );
}

/** Makes runs due that wait for people, and that no worker has. */
export async function wakeGroupMembers(tx: QueryExecutor, numbers: readonly number[], now: Instant): Promise<void> {
  if (numbers.length === 0) return;
  await tx
    .update(runsTable)
    .set({ nextAt: new Date(now) })
    .where(
      and(
        inArray(runsTable.number, [...numbers]),
        eq(runsTable.state, "waiting-approval"),
        sql`${runsTable.leaseUntil} is null`,
      ),
    );
}

/**
 * The lanes in which something has been due for `lateMs` or longer. Cheap however much waits. What was accepted by a process
 * whose clock is ahead is as old as it can be.
 */
export async function overdueLanes(db: QueryExecutor, now: DatabaseTime, lateMs: number): Promise<Lane[]> {
  const at = shiftTime(now, -lateMs);
  const lanes = sql.join(
    EFFECT_LANES.map((lane) => sql`(${lane}::text)`),
    sql`, `,
  );
  const { rows } = await db.execute<{ lane: Lane }>(sql`
    select 'apply' as lane where exists (select 1 from commands where done_at is null and (recorded_at <= ${at} or recorded_at > ${now}))
    union all select 'timers' where exists (select 1 from timers where due_at <= ${at}) or exists (select 1 from runs where escalate_at <= ${at})
    union all select 'run' where exists (select 1 from runs where next_at <= ${at})
    union all select lane from (values ${lanes}) as l(lane)
      where exists (select 1 from effects e where e.lane = l.lane and e.status in ('pending', 'started') and e.due_at <= ${at})`);
  return rows.map(({ lane }) => lane);
}

/** How much waits in each lane now: a gauge, looked at when someone asks for it. */
export async function laneDepths(db: QueryExecutor): Promise<{ readonly lane: Lane; readonly count: number }[]> {
  const { rows } = await db.execute<{ lane: Lane; count: string }>(sql`
    select 'apply' as lane, count(*) as count from commands where done_at is null
    union all select 'timers', count(*) from timers
    union all select 'run', count(*) from runs where next_at is not null
    union all select lane, count(*) from effects where status in ('pending', 'started') group by lane`);
  return rows.map(({ lane, count }) => ({ lane, count: Number(count) }));
}

/** Whether anything is due by now, or in someone's hands. */
export async function hasDueWork(db: QueryExecutor, now: DatabaseTime): Promise<boolean> {
  const { rows } = await db.execute<{ due: boolean }>(sql`select
    exists (select 1 from commands where done_at is null)
    or exists (select 1 from effects where status = 'started' or (status = 'pending' and due_at <= ${now}))
    or exists (select 1 from timers where due_at <= ${now})
    or exists (select 1 from runs where next_at <= ${now} or escalate_at <= ${now} or lease_until is not null) as due`);
  return rows[0]?.due === true;
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

/** ms from `now` until an instant in the database, at least 0; null for null. */
export async function msUntil(db: QueryExecutor, instant: SQL, now: DatabaseTime): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(
    sql`select ceil(case when left_over < 0 then 0 else left_over end)::bigint::text as ms from (select extract(epoch from ${instant} - ${now}) * 1000 as left_over) as each`,
  );
  const ms = rows[0]?.ms ?? null;
  return ms === null ? null : Number(ms);
}
