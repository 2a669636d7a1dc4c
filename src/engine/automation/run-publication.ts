import { insertCommands } from "#db/commands.ts";
import type { QueryExecutor } from "#db/client.ts";
import { enqueueEffects } from "#db/effects.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import { callsPeople, type RunEvent } from "#domain/events/run-event.ts";
import type { Engine } from "#engine/base/engine.ts";
import { findMergeTarget } from "./incident-runs.ts";

/** Adds events to the incident, and requests an update of its messages; in the transaction that changes the run. */
export async function publishRunEvents(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  news: readonly RunEvent[],
  by: Actor = MUSTER_ACTOR,
): Promise<void> {
  const now = engine.clock();
  if (run.incident === null) {
    const effect = { type: "chat.standalone", run: run.number } as const;
    return enqueueEffects(tx, [{ effect, incident: null, urgency: run.urgency }], now);
  }
  const { incident, urgency } = run;
  const published: { readonly each: RunEvent; readonly notified: number }[] = [];
  for (const each of news) published.push({ each, notified: await notifiedIncident(tx, incident, each) });
  await insertCommands(
    tx,
    published.map(({ each, notified: number }, i) =>
      createSubmission({
        // An epoch or a person does each thing once; two reports of the same instant are one.
        key: `${runId(run.number)}:${each.type}:${run.epoch}:${now}:${i}:${by.id}`,
        urgency,
        actor: by,
        at: now,
        evidence: runId(run.number),
        body: { type: "incident", incident: number, command: { type: "run.told", news: each } },
      }),
    ),
    now,
  );
  await enqueueEffects(
    tx,
    [
      { effect: { type: "chat.run", run: run.number }, incident, urgency },
      { effect: { type: "chat.approvals", run: run.number }, incident, urgency },
      { effect: { type: "chat.header" }, incident, urgency },
    ],
    now,
  );
}

/** A merged incident pages no one: failed runs and unknown outcomes go to the merge target. */
async function notifiedIncident(tx: QueryExecutor, incident: number, news: RunEvent): Promise<number> {
  if (!callsPeople(news)) return incident;
  const targetNumber = await findMergeTarget(tx, incident);
  const stored = await incidentsByNumber(tx, [incident, targetNumber]);
  const isPrivate = (number: number): boolean =>
    stored.find(({ state }) => state.number === number)?.state.private === true;
  return isPrivate(incident) && !isPrivate(targetNumber) ? incident : targetNumber;
}

/**
 * The postmortem of the merge target covers the run too; the postmortem of the run's own incident follows its events.
 */
export async function refreshMergedPostmortem(
  tx: QueryExecutor,
  { incident, urgency }: Pick<Run, "incident" | "urgency">,
  now: Instant,
): Promise<void> {
  const targetNumber = incident === null ? null : await findMergeTarget(tx, incident);
  if (targetNumber === null || targetNumber === incident) return;
  const effects = (["chat.canvas", "ticket.postmortem"] as const).map((type) => ({
    effect: { type },
    incident: targetNumber,
    urgency,
  }));
  await enqueueEffects(tx, effects, now);
}

/** After the commit. */
export function wakeRunLanes(engine: Engine, { urgency }: Pick<Run, "urgency">): void {
  engine.wakeLane("apply", { urgency, delayMs: 0 });
  engine.wakeLane("chat", { urgency, delayMs: 0 });
  engine.wakeLane("people", { urgency, delayMs: 0 });
}
