import fc from "fast-check";
import { ACTS } from "./acts/act-list.ts";
import { anyPlan, WAITS, type SimAct, type SimPlan } from "./sim-plan.ts";
import { lawsOf } from "./laws/laws.ts";
import { SimWorld, type PlantedFault } from "./world/sim-world.ts";
import { LawBroken } from "./world/story-lines.ts";

/** What came of a story: null when every law held. */
export type StoryResult = { readonly law: string; readonly message: string; readonly lines: readonly string[] } | null;

/** Plays a story. A law that is broken ends it. `plant`: a fault of the machine that the laws should find. */
export function playStory(plan: SimPlan, plant: PlantedFault | null = null): StoryResult {
  const world = new SimWorld(plan.policy, lawsOf, plant);
  try {
    for (const act of plan.acts) perform(world, act);
    world.ends();
    return null;
  } catch (error) {
    const law = error instanceof LawBroken ? error.law : "no command throws";
    const message =
      error instanceof Error
        ? error instanceof LawBroken
          ? error.message
          : (error.stack ?? error.message)
        : String(error);
    return { law, message, lines: world.lines };
  }
}

/** Lets time pass, and performs one act. */
export function perform(world: SimWorld, [act, wait, a, b]: SimAct): void {
  world.advance(WAITS[wait]!);
  const line = ACTS[act].perform(world, a, b);
  if (line !== null) world.say(line);
}

/** A story that breaks a law, as short as it gets. */
export type FoundFault = { readonly seed: number; readonly plan: SimPlan; readonly result: NonNullable<StoryResult> };

/**
 * Plays the story of a seed; null when every law held. Else the shortest story found that breaks the same law.
 * @param seed decides everything: the same seed is the same story
 */
export function simulateSeed(seed: number, plant: PlantedFault | null = null): FoundFault | null {
  const first = playStory(planOfSeed(seed), plant);
  if (first === null) return null;
  const run = fc.check(
    fc.property(anyPlan, (plan) => playStory(plan, plant)?.law !== first.law),
    { seed, numRuns: 1, endOnFailure: false },
  );
  const plan = run.counterexample?.[0] ?? planOfSeed(seed);
  return { seed, plan, result: playStory(plan, plant) ?? first };
}

/** The story of a seed. */
export function planOfSeed(seed: number): SimPlan {
  return fc.sample(anyPlan, { seed, numRuns: 1 })[0]!;
}
