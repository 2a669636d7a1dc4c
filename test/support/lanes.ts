import type { Connection } from "#db/client.ts";
import { nextEffect } from "#db/effects.ts";
import { overdueLanes } from "#db/overdue.ts";
import { nextTimer } from "#db/timers.ts";
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
    const next = earliest(await nextTimer(works.connection.db), await nextWish(works));
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
    const next = await nextWish(works);
    if (next === null || next > until) return;
    works.time.now = Math.max(works.time.now, next);
  }
}

/** When the next effect of any lane is due, or null. */
async function nextWish({ connection }: Works): Promise<Instant | null> {
  return earliest(...(await Promise.all((["page", "chat", "ticket"] as const).map((lane) => nextEffect(connection.db, lane)))));
}

function earliest(...instants: readonly (Instant | null)[]): Instant | null {
  const known = instants.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}
