import { afterAll, beforeAll, expect, it, test } from "vitest";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { ENGINE_FAULTS } from "./engine/engine-faults.ts";
import { enginePlanOfSeed } from "./engine/engine-plan.ts";
import { playEngineStory, printEngineStory } from "./engine-story.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());

/** Stories that `npm test` plays, some 8 s of them; `npm run simulate -- --engine` plays more. */
const STORIES = 6;
/** So many stories are played to find a planted fault. */
const SEEDS_TO_FIND = 12;
const TIMEOUT_MS = 180_000;

it(
  "keeps every law between services that misbehave, dying now and then",
  async () => {
    for (let seed = 1; seed <= STORIES; seed++) {
      const broken = await playEngineStory(rig, enginePlanOfSeed(seed));
      if (broken !== null) expect.fail(printEngineStory(seed, broken));
    }
  },
  TIMEOUT_MS,
);

it("pages the next people although two pages are refused in one moment (seed 119)", async () => {
  const broken = await playEngineStory(rig, enginePlanOfSeed(119));
  expect(broken).toBeNull();
});

test.each(ENGINE_FAULTS)(
  "finds the planted fault: $fault",
  async ({ law, plant, seed: first }) => {
    let found: string | null = null;
    for (let seed = first; seed < first + SEEDS_TO_FIND && found === null; seed++) {
      const broken = await playEngineStory(rig, enginePlanOfSeed(seed), plant);
      if (broken !== null && law.test(broken.law)) found = printEngineStory(seed, broken);
    }
    expect(found).toContain("the services are well");
  },
  TIMEOUT_MS,
);
