import { insertCommands } from "#db/commands.ts";
import type { QueryExecutor } from "#db/client.ts";
import { enqueueEffects } from "#db/effects.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { MUSTER_ACTOR, type Actor, type Instant } from "#domain/values/language.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
import type { Engine } from "#engine/base/engine.ts";
import { findMergeTarget } from "./incident-runs.ts";

/** Tells the incident, and wishes that its messages show it; in the transaction that changes the run. */
export async function publishRunEvents(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  news: readonly RunEvent[],
  by: Actor = MUSTER_ACTOR,
): Promise<void> {
  if (run.incident === null) return;
  const now = engine.clock();
  const { incident, urgency } = run;
  const told: { readonly each: RunEvent; readonly hears: number }[] = [];
  for (const each of news) told.push({ each, hears: await whoHears(tx, incident, each) });
  await insertCommands(
    tx,
    told.map(({ each, hears }, i) => ({
      // An epoch or a person does each thing once; what is told twice at the same instant is the same.
      key: `${runId(run.number)}:${each.type}:${run.epoch}:${now}:${i}:${by.id}`,
      urgency,
      weight: 1,
      actor: by,
      at: now,
      replyTo: null,
      evidence: runId(run.number),
      body: { type: "incident" as const, incident: hears, command: { type: "run.told" as const, news: each } },
    })),
    now,
  );
  await enqueueEffects(
    tx,
    [
      { effect: { type: "chat.run", run: run.number }, incident, urgency },
      { effect: { type: "chat.header" }, incident, urgency },
    ],
    now,
  );
}

/** A merged incident wakes nobody any more: that a run did not help, or asks what it did, is for those where it goes on. */
async function whoHears(tx: QueryExecutor, incident: number, news: RunEvent): Promise<number> {
  const calls =
    news.type === "run.unknown" ||
    news.type === "run.settled" ||
    (news.type === "run.failed" && news.data.page !== null);
  if (!calls) return incident;
  const into = await findMergeTarget(tx, incident);
  const stored = await incidentsByNumber(tx, [incident, into]);
  const isPrivate = (number: number): boolean =>
    stored.find(({ state }) => state.number === number)?.state.private === true;
  return isPrivate(incident) && !isPrivate(into) ? incident : into;
}

/** The postmortem of the incident that a run's own was merged into tells of it too; its own is told by what is recorded there. */
export async function refreshMergedPostmortem(
  tx: QueryExecutor,
  { incident, urgency }: Pick<Run, "incident" | "urgency">,
  now: Instant,
): Promise<void> {
  const into = incident === null ? null : await findMergeTarget(tx, incident);
  if (into === null || into === incident) return;
  const wishes = (["chat.canvas", "ticket.postmortem"] as const).map((type) => ({
    effect: { type },
    incident: into,
    urgency,
  }));
  await enqueueEffects(tx, wishes, now);
}

/** After the commit. */
export function wakeRunLanes(engine: Engine, { urgency }: Pick<Run, "urgency">): void {
  engine.nudge("apply", { urgency, delayMs: 0 });
  engine.nudge("chat", { urgency, delayMs: 0 });
}
