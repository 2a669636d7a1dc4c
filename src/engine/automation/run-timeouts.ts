import { takeOverdueRuns } from "#db/due-work.ts";
import { updateRun } from "#db/runs.ts";
import { decideOverdueRun } from "#domain/automation/overdue-run.ts";
import type { Engine } from "#engine/base/engine.ts";
import { readSurroundings } from "./run-facts.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

/**
 * Handles runs whose deadline has passed. A deadline is taken in the transaction that reports it, so no one is woken
 * twice. Answers whether there may be more.
 */
export async function escalateOverdueRuns(engine: Engine): Promise<boolean> {
  const taken = await engine.connection.db.transaction(async (tx) => {
    const due = await takeOverdueRuns(tx, engine.databaseClock.now());
    for (const run of due) {
      const move = decideOverdueRun(run, await readSurroundings(engine, run, tx));
      if (move.do === "look-again") await updateRun(tx, run.number, { escalateAt: move.at });
      if (move.do !== "page") continue;
      const { number, runbook, state } = run;
      await publishRunEvents(engine, tx, run, [
        { type: "run.overdue", data: { run: number, runbook, after: move.after, state, page: move.to } },
      ]);
    }
    return due;
  });
  for (const run of taken) wakeRunLanes(engine, run);
  return taken.length > 0;
}
