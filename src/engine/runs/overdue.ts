import { changeRun, takeDeadlines } from "#db/runs.ts";
import { isOver } from "#domain/run.ts";
import type { Engine } from "#engine/engine.ts";
import { aroundOf } from "./facts.ts";
import { nudged, tell } from "./tell.ts";

/** When the deadline of a run whose alert is quiet is looked at again, in ms. */
const A_WHILE = 60_000;

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
      if (run.plan.escalate === null || run.state === "succeeded") continue;
      if (!incidentOpen || alertFiring === false) {
        // Quiet, and not proved yet: its own end tells, and wakes people if it helped nothing.
        if (!isOver(run.state)) await changeRun(tx, run.number, { escalateAt: engine.clock() + A_WHILE });
        continue;
      }
      const { after, to } = run.plan.escalate;
      await tell(engine, tx, run, [{ type: "run.overdue", data: { run: run.number, runbook: run.runbook, after, state: run.state, page: to } }]);
    }
    return due;
  });
  for (const run of taken) nudged(engine, run);
  return taken.length > 0;
}
