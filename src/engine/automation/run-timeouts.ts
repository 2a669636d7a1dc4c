import { takeOverdueRuns } from "#db/due-work.ts";
import { updateRun } from "#db/runs.ts";
import { isRunOver } from "#domain/automation/run.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { readSurroundings } from "./run-facts.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

/** When the deadline of a run whose alert is quiet is looked at again, in ms. */
const A_WHILE = MINUTE_MS;

/**
 * Wakes whom runbooks name, for runs that have not helped in time: whatever they wait for, and also those that ended without
 * doing anything while their alert goes on. The deadline is taken in the transaction that tells of it, so no one is woken twice.
 * Answers whether there may be more.
 */
export async function escalateOverdueRuns(engine: Engine): Promise<boolean> {
  const taken = await engine.connection.db.transaction(async (tx) => {
    const due = await takeOverdueRuns(tx, engine.clock());
    for (const run of due) {
      const { incidentOpen, alertFiring } = await readSurroundings(engine, run, tx);
      if (run.plan.escalate === null || run.state === "succeeded") continue;
      if (!incidentOpen || alertFiring === false) {
        // Quiet, and not proved yet: its own end tells, and wakes people if it helped nothing.
        if (!isRunOver(run.state)) await updateRun(tx, run.number, { escalateAt: engine.clock() + A_WHILE });
        continue;
      }
      const { after, to } = run.plan.escalate;
      await publishRunEvents(engine, tx, run, [
        { type: "run.overdue", data: { run: run.number, runbook: run.runbook, after, state: run.state, page: to } },
      ]);
    }
    return due;
  });
  for (const run of taken) wakeRunLanes(engine, run);
  return taken.length > 0;
}
