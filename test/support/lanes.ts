import type { Connection } from "#db/client.ts";
import { overdueLanes } from "#db/overdue.ts";
import type { Instant } from "#domain/language.ts";
import type { Drains } from "#engine/relay.ts";

/** What a test moves by hand instead of the queue: lanes, and the clock they see. */
export type Works = { readonly connection: Connection; readonly drains: Drains; readonly time: { now: Instant } };

/** Works until nothing is due at this instant. */
export async function settle({ connection, drains, time }: Works): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const due = await overdueLanes(connection.db, time.now);
    if (due.length === 0) return;
    for (const lane of due) await drains[lane]();
  }
  throw new Error("it never settles");
}

/** Lets time go by, and does everything when it is due. */
export async function pass(works: Works, ms: number): Promise<void> {
  const until = works.time.now + ms;
  for (;;) {
    await settle(works);
    const next = await nextDue(works, "effects", "timers", "runs");
    if (next === null || next > until) break;
    works.time.now = Math.max(works.time.now, next);
  }
  works.time.now = until;
}

/** Settles, and waits for what is only paced: the moments between two edits of a card, not a back-off or a timer. */
export async function calm(works: Works, patienceMs: number): Promise<void> {
  const until = works.time.now + patienceMs;
  for (;;) {
    await settle(works);
    const next = await nextDue(works, "effects");
    if (next === null || next > until) return;
    works.time.now = Math.max(works.time.now, next);
  }
}

/** When the next effect or timer is due, or null. */
async function nextDue({ connection }: Works, ...kinds: readonly ("effects" | "timers" | "runs")[]): Promise<Instant | null> {
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
