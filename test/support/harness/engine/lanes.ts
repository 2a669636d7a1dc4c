import type { DatabaseConnection } from "#db/client.ts";
import { overdueLanes } from "#db/due-work.ts";
import { playedDatabaseClock } from "#db/place/database-clock.ts";
import type { Instant } from "#domain/values/language.ts";
import type { LaneWorkers } from "#engine/loop/wake-ups.ts";

/** What a test moves by hand instead of the queue: lanes, and the clock they see. */
export type LaneWorks = {
  readonly connection: DatabaseConnection;
  readonly laneWorkers: LaneWorkers;
  readonly time: { now: Instant };
};

/** Works until nothing is due at this instant. */
export async function settleLanes({ connection, laneWorkers: workers, time }: LaneWorks): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const due = await overdueLanes(connection.db, playedDatabaseClock(() => time.now).now(), 0);
    if (due.length === 0) return;
    for (const lane of due) await workers[lane]();
  }
  throw new Error("it never settles");
}

/** Lets time go by, and does everything when it is due. */
export async function passTime(works: LaneWorks, ms: number): Promise<void> {
  const until = works.time.now + ms;
  for (;;) {
    await settleLanes(works);
    const next = await nextDue(works, "effects", "timers", "runs");
    if (next === null || next > until) break;
    works.time.now = Math.max(works.time.now, next);
  }
  // A request may have taken longer than that.
  works.time.now = Math.max(works.time.now, until);
}

/** Settles, and waits for what is only paced: the moments between two edits of a card, not a back-off or a timer. */
export async function settlePacedEffects(works: LaneWorks, patienceMs: number): Promise<void> {
  const until = works.time.now + patienceMs;
  for (;;) {
    await settleLanes(works);
    const next = await nextDue(works, "effects");
    if (next === null || next > until) return;
    works.time.now = Math.max(works.time.now, next);
  }
}

/** When the next effect or timer is due, or null. */
async function nextDue(
  { connection }: LaneWorks,
  ...kinds: readonly ("effects" | "timers" | "runs")[]
): Promise<Instant | null> {
  const queries = {
    effects: "select min(due_at) as due from effects where status in ('pending','started')",
    timers: "select least((select min(due_at) from timers), (select min(escalate_at) from runs)) as due",
    runs: "select min(next_at) as due from runs",
  };
  const { rows } = await connection.pool.query<{ due: string | null }>(
    `select min(due)::text as due from (${kinds.map((kind) => queries[kind]).join(" union all ")}) as each`,
  );
  const due = rows[0]?.due ?? null;
  return due === null ? null : Date.parse(due);
}
