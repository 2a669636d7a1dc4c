import { MINUTE_MS } from "#domain/values/duration.ts";
import type { EngineHarness } from "#test/support/harness/engine.ts";
import { ENGINE_ACTS } from "./engine/engine-acts.ts";
import { ENGINE_WAITS, type EnginePlan } from "./engine/engine-plan.ts";
import type { EngineFault } from "./engine/engine-faults.ts";
import { checkEnd, checkPeace, checkRetries } from "./engine/engine-laws.ts";
import { StoryWorld } from "./engine/story-world.ts";
import { requeueDeadLetter } from "#db/outages/dead-letter-rows.ts";
import { LawBroken } from "./world/story-lines.ts";

/** A law that was broken in a story, and what happened until then. */
type BrokenStory = { readonly law: string; readonly message: string; readonly lines: readonly string[] };

/** ms that people do nothing for, while alerts fire on; after the last of them cleared; after what failed was retried. */
const PEACE_MS = 16 * MINUTE_MS;
const QUIET_MS = 40 * MINUTE_MS;
const RETRY_MS = 2 * MINUTE_MS;

/**
 * Plays a story on the real engine with a chat and a pager that misbehave, and a process that dies. Then the services
 * become well and people do nothing; what the services hold is compared with the database. Answers null when every law
 * held. `fault`: one of the machine that the laws should find.
 */
export async function playEngineStory(
  rig: EngineHarness,
  plan: EnginePlan,
  fault: EngineFault | null = null,
): Promise<BrokenStory | null> {
  const world = await StoryWorld.begin(rig, plan);
  try {
    fault?.begins?.(world);
    for (const [act, wait, a, b] of plan.acts) {
      await world.passes(ENGINE_WAITS[wait]!);
      await world.records(() => ENGINE_ACTS[act].perform(world, a, b));
      await fault?.follows?.(world);
    }
    await endStory(world);
    return null;
  } catch (error) {
    const law = error instanceof LawBroken ? error.law : "nothing throws";
    const message =
      error instanceof LawBroken ? error.message : error instanceof Error ? (error.stack ?? "") : String(error);
    return { law, message, lines: world.lines };
  }
}

/** A story that broke a law, to be read: its acts, and what the services did where that was not what was asked. */
export function printEngineStory(seed: number, { law, message, lines }: BrokenStory): string {
  const again = `npm run simulate -- --engine --from ${seed} --seeds 1`;
  return [`seed ${seed} broke "${law}": ${message}`, again, ...lines].join("\n");
}

async function endStory(world: StoryWorld): Promise<void> {
  world.moods.spares();
  world.say("the services are well, and people do nothing");
  world.moods.well = true;
  await world.passes(PEACE_MS);
  await checkPeace(world);
  world.say("every alert clears");
  for (const alert of world.firing.keys()) await world.clears(alert);
  await world.passes(QUIET_MS);
  const letters = await checkEnd(world);
  world.say(`${letters.length} dead letters are retried`);
  for (const letter of letters) await requeueDeadLetter(world.rig.connection.db, letter, world.rig.now);
  await world.passes(RETRY_MS);
  await checkRetries(world);
}
