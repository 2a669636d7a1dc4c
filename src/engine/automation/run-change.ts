import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { lockApprovals, lockRun } from "#db/runs.ts";
import { isRunOver, runId, type Run } from "#domain/automation/run.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { wakeRunLanes } from "./run-publication.ts";

/**
 * Does what a request changes, in one transaction. When the request was delivered before, `work` is not called, and the
 * answer is the earlier one.
 */
export type RunTransaction = (work: (tx: QueryExecutor) => Promise<RunRequestReply>) => Promise<RunRequestReply>;

/** Who asks, about which incident, and how it is done once. */
export type RunAsking = {
  readonly actor: Actor;
  readonly incident: Incident | null;
  readonly transact: RunTransaction;
};

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
export function personActor({ id, name, via }: Person & Pick<Actor, "via">): Actor {
  return { kind: "person", id, name, ...(via === undefined ? {} : { via }) };
}

/** Changes a run that the person may see; answers the reason otherwise. */
export async function changeRun(
  engine: Engine,
  number: number,
  { actor, transact }: RunAsking,
  change: (tx: QueryExecutor, run: Run) => Promise<RunRequestReply>,
  questions = false,
): Promise<RunRequestReply> {
  let found: Run | null = null;
  const reply = await transact(async (tx) => {
    if (questions) await lockApprovals(tx);
    const run = await lockRun(tx, number, null);
    const [stored] = run?.incident == null ? [] : await incidentsByNumber(tx, [run.incident]);
    // To people outside of it, a private incident does not exist.
    if (run === null || (stored !== undefined && !maySeeIncident(engine.policy(), stored.state, actor)))
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
