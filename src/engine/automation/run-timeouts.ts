import { takeOverdueRuns } from "#db/due-work.ts";
import { updateRun } from "#db/runs.ts";
import type { QueryExecutor } from "#db/client.ts";
import { findPostedMessage } from "#db/effects.ts";
import { decideOverdueRun, onlyAsked } from "#domain/automation/overdue-run.ts";
import type { Run } from "#domain/automation/run.ts";
import { shownMessageState } from "#engine/base/shown-message.ts";
import { sentRequests } from "./sent-requests.ts";
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
      const isShown = !onlyAsked(run) || (await wasAskedOfPeople(tx, run));
      const move = decideOverdueRun(run, await readSurroundings(engine, run, tx), isShown);
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

/** Whether what a run asks stands somewhere where people read: in a channel, or in a direct message to one of them. */
async function wasAskedOfPeople(db: QueryExecutor, { number, incident, asked }: Run): Promise<boolean> {
  if (incident === null) return true;
  // In trouble of the whole another run asks for this one too.
  if (asked?.ledBy !== undefined) return true;
  const card = await findPostedMessage(db, { type: "chat.run", run: number }, incident);
  if (shownMessageState(card?.sent ?? null) !== null) return true;
  const direct = await findPostedMessage(db, { type: "chat.approvals", run: number }, incident);
  return sentRequests(direct?.sent ?? null).some(({ id }) => id !== "");
}
