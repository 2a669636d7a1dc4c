import { afterAll, beforeAll, expect, it } from "vitest";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { replayOnEngine } from "./engine-replay.ts";
import type { SimAct } from "./sim-plan.ts";
import { planOfSeed } from "./simulate.ts";

let engine: EngineHarness;
beforeAll(async () => {
  engine = await EngineHarness.open();
});
afterAll(() => engine.close());

/** Stories that are replayed in `npm test`. */
const STORIES = 25;

/** Edits of the policy are read, and clocks compared, by the application, which the engine does not have. */
const EDITS: ReadonlySet<string> = new Set([
  "editRotation",
  "editTeams",
  "maintenance",
  "clockStep",
  "clockStepUnseen",
  "clockOff",
]);
/** While no process runs the policy is edited too, with every third one. */
const isEdit = ([act, , , b]: SimAct): boolean => EDITS.has(act) || (act === "death" && b % 3 === 0);

it("decides on the embedded database, dying in the middle of decisions, what the pure core decides", async () => {
  for (let seed = 1; seed <= STORIES; seed++) {
    const { policy, acts } = planOfSeed(seed);
    const played = acts.filter((act) => !isEdit(act)).slice(0, 12);
    const difference = await replayOnEngine(engine, { policy, acts: played }, 3);
    expect({ seed, difference }).toEqual({ seed, difference: null });
  }
}, 180_000);
