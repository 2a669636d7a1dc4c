import fc from "fast-check";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { ACTS, type ActName } from "./acts/act-list.ts";
import { anySimPolicy, type SimPolicyPlan } from "./world/sim-policy.ts";

/** One act of a story: after a wait (an index of `WAITS`), `act` with two numbers that it reads in its own way. */
export type SimAct = readonly [act: ActName, wait: number, a: number, b: number];

/** All that a story is: the organization, and what happens in it. */
export type SimPlan = { readonly policy: SimPolicyPlan; readonly acts: readonly SimAct[] };

/** ms that may pass before an act. */
export const WAITS: readonly number[] = [0, 2_000, 30_000, 2 * MINUTE_MS, 11 * MINUTE_MS, 40 * MINUTE_MS, 3 * HOUR_MS];

const anyAct: fc.Arbitrary<SimAct> = fc
  .oneof(...Object.entries(ACTS).map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name as ActName) })))
  .chain((act) =>
    fc.tuple(
      fc.constant(act),
      fc.oneof(
        { weight: 8, arbitrary: fc.nat({ max: 4 }) },
        { weight: 1, arbitrary: fc.nat({ max: WAITS.length - 1 }) },
      ),
      fc.nat({ max: 40 }),
      fc.nat({ max: 40 }),
    ),
  );

/** The stories of a seed. */
export const anyPlan: fc.Arbitrary<SimPlan> = fc.record({
  policy: anySimPolicy,
  acts: fc.array(anyAct, { minLength: 1, maxLength: 40, size: "max" }),
});
