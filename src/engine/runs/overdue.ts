import { takeDeadlines } from "#db/runs.ts";
import type { Engine } from "#engine/engine.ts";
import { aroundOf } from "./facts.ts";
import { nudged, tell } from "./tell.ts";

/**
 * Wakes whom runbooks name, for runs that have not helped in time: whatever they wait for, and also those that ended without
 * doing anything while their alert goes on. The deadline is taken in the transaction that tells of it, so nobody is woken twice.
 * Answers whether there may be more.
 */
export async function wakePeople(engine: Engine): Promise<boolean> {
  const taken = await engine.connection.db.transaction(async (tx) => {
    const due = await takeDeadlines(tx, engine.clock());
    for (const run of due) {
      const { incidentOpen, alertFiring } = await aroundOf(engine, run, tx);
      if (!incidentOpen || alertFiring === false || run.plan.escalate === null || run.state === "succeeded") continue;
      const { after, to } = run.plan.escalate;
      await tell(engine, tx, run, [{ type: "run.overdue", data: { run: run.number, runbook: run.runbook, after, state: run.state, page: to } }]);
    }
    return due;
  });
  for (const run of taken) nudged(engine, run);
  return taken.length > 0;
}
