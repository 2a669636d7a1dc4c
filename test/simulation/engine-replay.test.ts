import { afterAll, beforeAll, expect, it } from "vitest";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { replayOnEngine } from "./engine-replay.ts";
import { planOfSeed } from "./simulate.ts";

let engine: EngineHarness;
beforeAll(async () => {
  engine = await EngineHarness.open();
});
afterAll(() => engine.close());

/** Stories that are replayed in `npm test`. */
const STORIES = 25;

it("decides on the embedded database, dying in the middle of decisions, what the pure core decides", async () => {
  for (let seed = 1; seed <= STORIES; seed++) {
    const { policy, acts } = planOfSeed(seed);
    const difference = await replayOnEngine(engine, { policy, acts: acts.slice(0, 12) }, 3);
    expect({ seed, difference }).toEqual({ seed, difference: null });
  }
});
