import { expect, test } from "vitest";
import { PLANTED_FAULTS } from "./planted-faults.ts";
import { printStory } from "./print-story.ts";
import { planOfSeed, playStory, simulateSeed } from "./simulate.ts";

const FROM = 1;
/** A planted fault is found within so many stories. */
const SEEDS_TO_FIND = 1_000;
/** It is found within seconds; a machine that is busy takes longer. */
const TIMEOUT_MS = 180_000;

test.each(PLANTED_FAULTS)(
  "finds the planted fault: $fault",
  ({ law, plant, seed: first = FROM }) => {
    let found: string | null = null;
    for (let seed = first; seed < FROM + SEEDS_TO_FIND && found === null; seed++) {
      const result = playStory(planOfSeed(seed), plant);
      if (result !== null && law.test(result.law)) found = result.law;
    }
    expect(found).toMatch(law);
  },
  TIMEOUT_MS,
);

test("a story that breaks a law is shrunk and printed as a test", () => {
  const { plant } = PLANTED_FAULTS.find(({ fault: name }) => name === "the state changes without an event")!;
  let fault = null;
  for (let seed = FROM; seed < FROM + SEEDS_TO_FIND && fault === null; seed++) fault = simulateSeed(seed, plant);
  expect(fault!.plan.acts.length).toBeLessThanOrEqual(2);
  expect(printStory(fault!)).toContain("expect(playStory(plan)).toBeNull();");
});
