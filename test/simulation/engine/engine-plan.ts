import fc from "fast-check";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { anySimPolicy } from "../world/sim-policy.ts";
import { ENGINE_ACTS, type EngineActName } from "./engine-acts.ts";
import type { StorySetting } from "./story-world.ts";
import type { VendorMood } from "./vendor-moods.ts";

/** One act: after a wait (an index of `ENGINE_WAITS`), `act` with two numbers that it reads in its own way. */
export type EngineAct = readonly [act: EngineActName, wait: number, a: number, b: number];

/** All that a story on the engine is. */
export type EnginePlan = StorySetting & { readonly acts: readonly EngineAct[] };

/** ms that may pass before an act. */
export const ENGINE_WAITS: readonly number[] = [0, 2 * SECOND, 30 * SECOND, 2 * MINUTE_MS, 11 * MINUTE_MS];

const anyMood: fc.Arbitrary<VendorMood> = fc.record({
  failures: fc.constantFrom(25, 10, 45),
  refusals: fc.constantFrom(8, 0, 30),
});

const anyAct: fc.Arbitrary<EngineAct> = fc
  .oneof(
    ...Object.entries(ENGINE_ACTS).map(([name, { weight }]) => ({
      weight,
      arbitrary: fc.constant(name as EngineActName),
    })),
  )
  .chain((act) =>
    fc.tuple(fc.constant(act), fc.nat({ max: ENGINE_WAITS.length - 1 }), fc.nat({ max: 40 }), fc.nat({ max: 40 })),
  );

const anyEnginePlan: fc.Arbitrary<EnginePlan> = fc.record({
  luck: fc.nat({ max: 1_000_000 }),
  policy: anySimPolicy,
  vendors: fc.record({
    chat: anyMood,
    pager: anyMood,
    canBeAsked: fc.boolean(),
    hasPager: fc.constantFrom(true, true, true, false),
  }),
  acts: fc
    .array(anyAct, { minLength: 2, maxLength: 6, size: "max" })
    .map((acts) => [["fire", 0, acts.length, 0], ...acts]),
});

/** The story of a seed. */
export function enginePlanOfSeed(seed: number): EnginePlan {
  return fc.sample(anyEnginePlan, { seed, numRuns: 1 })[0]!;
}
