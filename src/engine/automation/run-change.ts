import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { lockApprovals, lockRun } from "#db/runs.ts";
import { isRunOver, runId, type Run } from "#domain/automation/run.ts";
import { isResponder } from "#domain/response/permission.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { wakeRunLanes } from "./run-publication.ts";

/** In words, for the author. */
export type RunRequestReply = { readonly ok: boolean; readonly text: string };

/** The request is refused; `text` has the reason. */
export function refuseRequest(text: string): RunRequestReply {
  return { ok: false, text };
}

/** What was asked for is done. */
export function grantRequest(text: string): RunRequestReply {
  return { ok: true, text };
}

/** A person as the actor of what they ask of a run. */
export function personActor({ id, name }: Person): Actor {
  return { kind: "person", id, name };
}

/** Changes a run that the person may see; answers the reason otherwise. */
export async function changeRun(
  engine: Engine,
  number: number,
  person: Person,
  change: (tx: QueryExecutor, run: Run) => Promise<RunRequestReply>,
  questions = false,
): Promise<RunRequestReply> {
  const { db } = engine.connection;
  let found: Run | null = null;
  const reply = await db.transaction(async (tx) => {
    if (questions) await lockApprovals(tx);
    const run = await lockRun(tx, number, null);
    const [stored] = run?.incident == null ? [] : await incidentsByNumber(tx, [run.incident]);
    // To people outside of it, a private incident does not exist.
    if (run === null || (stored?.state.private === true && !isResponder(stored.state, person)))
      return refuseRequest(`There is no ${runId(number)}.`);
    if (isRunOver(run.state)) return refuseRequest(`${runId(number)} is over: ${run.state}.`);
    found = run;
    return change(tx, run);
  });
  if (found !== null) wakeRunLanes(engine, found);
  if (reply.ok) engine.wakeLane("run", { urgency: 0, delayMs: 0 });
  return reply;
}

/** What makes a run due at once, unless a worker has it: that one will see. */
export function dueAtOnce(engine: Engine, { leaseUntil }: Run): { readonly nextAt?: number } {
  return leaseUntil === null ? { nextAt: engine.clock() } : {};
}
