import { insertCommands } from "#db/commands.ts";
import type { Executor } from "#db/client.ts";
import { wish } from "#db/effects.ts";
import { byNumber } from "#db/incidents.ts";
import { MUSTER, type Actor, type Instant } from "#domain/language.ts";
import { runId, type Run } from "#domain/run.ts";
import type { RunNews } from "#domain/run-news.ts";
import type { Engine } from "#engine/engine.ts";
import { survivorOf } from "./within.ts";

/** Tells the incident, and wishes that its messages show it; in the transaction that changes the run. */
export async function tell(engine: Engine, tx: Executor, run: Run, news: readonly RunNews[], by: Actor = MUSTER): Promise<void> {
  if (run.incident === null) return;
  const now = engine.clock();
  const { incident, urgency } = run;
  const told: { readonly each: RunNews; readonly hears: number }[] = [];
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
  await wish(
    tx,
    [
      { effect: { type: "chat.run", run: run.number }, incident, urgency },
      { effect: { type: "chat.header" }, incident, urgency },
    ],
    now,
  );
}

/** A merged incident wakes nobody any more: that a run did not help, or asks what it did, is for those where it goes on. */
async function whoHears(tx: Executor, incident: number, news: RunNews): Promise<number> {
  const calls = news.type === "run.unknown" || news.type === "run.settled" || (news.type === "run.failed" && news.data.page !== null);
  if (!calls) return incident;
  const into = await survivorOf(tx, incident);
  const stored = await byNumber(tx, [incident, into]);
  const isPrivate = (number: number): boolean => stored.find(({ state }) => state.number === number)?.state.private === true;
  return isPrivate(incident) && !isPrivate(into) ? incident : into;
}

/** The postmortem of the incident that a run's own was merged into tells of it too; its own is told by what is recorded there. */
export async function retell(tx: Executor, { incident, urgency }: Pick<Run, "incident" | "urgency">, now: Instant): Promise<void> {
  const into = incident === null ? null : await survivorOf(tx, incident);
  if (into === null || into === incident) return;
  const wishes = (["chat.canvas", "ticket.postmortem"] as const).map((type) => ({ effect: { type }, incident: into, urgency }));
  await wish(tx, wishes, now);
}

/** After the commit. */
export function nudged(engine: Engine, { urgency }: Pick<Run, "urgency">): void {
  engine.nudge("apply", { urgency, delayMs: 0 });
  engine.nudge("chat", { urgency, delayMs: 0 });
}
