import { isDeepStrictEqual } from "node:util";
import type { Event } from "#domain/events/event-registry.ts";
import { SubmissionBody } from "#domain/commands/submission.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import type { EngineHarness } from "#test/support/harness/engine.ts";
import { lawsOf } from "./laws/laws.ts";
import { simPolicyFile } from "./world/sim-policy.ts";
import type { SimPlan } from "./sim-plan.ts";
import { perform } from "./simulate.ts";
import { SimWorld } from "./world/sim-world.ts";
import type { SimCommand } from "./world/story-lines.ts";

/** An event without what only the engine or only the store gives it. */
type ComparedEvent = Pick<Event, "seq" | "type" | "data" | "at" | "recordedAt" | "actor">;

/**
 * Plays a story on the pure core, and its commands on the engine with the embedded database: the same timers must come
 * due there, and the same events be written, although the process dies in the middle of every `dieEvery`-th decision.
 * Answers what differs, or null.
 */
export async function replayOnEngine(engine: EngineHarness, plan: SimPlan, dieEvery: number): Promise<string | null> {
  const world = new SimWorld(plan.policy, lawsOf);
  for (const act of plan.acts) perform(world, act);
  await engine.reset();
  engine.policy = aPolicy(simPolicyFile(plan.policy));
  let decisions = 0;
  engine.onStep = ({ step }) => {
    if (step === "apply.committing" && ++decisions % dieEvery === 0) throw new ProcessDeath();
  };
  for (const command of world.commands) await repeatCommand(engine, command);
  for (const { state } of world.store.incidents.values()) {
    const events = await engine.events(state.number);
    const expected = world.store.history
      .filter(({ incident }) => incident === state.number)
      .map(({ event }) => compared(event));
    const got = events.map(compared);
    const first = expected.findIndex((each, i) => !isDeepStrictEqual(each, got[i]));
    if (first >= 0 || got.length !== expected.length) {
      const at = first >= 0 ? first : expected.length;
      return `INC-${state.number}, event ${at + 1}: the core has ${JSON.stringify(expected[at])}, the engine ${JSON.stringify(got[at])}`;
    }
  }
  return null;
}

/** The process ends where it stands; what was not committed never was. */
class ProcessDeath extends Error {}

async function repeatCommand(engine: EngineHarness, { body, actor, at, now }: SimCommand): Promise<void> {
  engine.now = now;
  if (body.type === "incident" && body.command.type === "timer.due")
    await untilItLives(engine, () => engine.laneWorkers.timers());
  else
    await engine.submit(aSubmission(body.type === "alerts.deliver" ? body : SubmissionBody.parse(body), { actor, at }));
  await untilItLives(engine, () => engine.laneWorkers.apply());
}

async function untilItLives(engine: EngineHarness, work: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProcessDeath)) throw error;
      const { onStep } = engine;
      engine.restart();
      engine.onStep = onStep;
    }
}

/** A decision that died has taken a uid, so incidents have others here and there. */
function compared({ seq, type, data, at, recordedAt, actor }: Event): ComparedEvent {
  const withoutUids: unknown = JSON.parse(JSON.stringify(data).replaceAll(/"uid-\d+"/g, '"uid"'));
  return { seq, type, data: withoutUids, at, recordedAt, actor } as ComparedEvent;
}
