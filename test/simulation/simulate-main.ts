import { parseArgs } from "node:util";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { enginePlanOfSeed } from "./engine/engine-plan.ts";
import { playEngineStory, printEngineStory } from "./engine-story.ts";
import { printStory } from "./print-story.ts";
import { simulateSeed } from "./simulate.ts";

// npm run simulate -- --seeds 100000 [--from 1] [--keep-going] [--engine]

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    "keep-going": { type: "boolean", default: false },
    engine: { type: "boolean", default: false },
  },
});
const [count, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--seeds: expected a whole number of 1 or more");
if (!Number.isSafeInteger(from) || from < 0) throw new Error("--from: expected a whole number of 0 or more");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rig = values.engine ? await EngineHarness.open() : null;
const elapsed = stopwatch();
const faults = new Map<string, number>();
for (let seed = from; seed < from + count; seed++) {
  const fault = await play(seed);
  if (fault !== null) {
    if (!faults.has(fault.law) || !values["keep-going"]) say(fault.text);
    faults.set(fault.law, (faults.get(fault.law) ?? 0) + 1);
    if (!values["keep-going"]) break;
  }
  if ((seed - from + 1) % 1000 === 0) say(`… ${seed - from + 1} seeds`);
}
await rig?.close();
if (faults.size > 0 && !values["keep-going"]) process.exit(1);
const seconds = elapsed() / 1000;
say(`${count} seeds in ${seconds.toFixed(1)} s (${Math.round((count / seconds) * 60)} a minute)`);
for (const [law, times] of faults) say(`${times} seeds broke ${law}`);
process.exit(faults.size === 0 ? 0 : 1);

/** Plays the story of a seed: on the pure core, or on the engine. Answers which law it broke, or null. */
async function play(seed: number): Promise<{ readonly law: string; readonly text: string } | null> {
  if (rig === null) {
    const fault = simulateSeed(seed);
    return fault === null ? null : { law: fault.result.law, text: printStory(fault) };
  }
  const broken = await playEngineStory(rig, enginePlanOfSeed(seed));
  return broken === null ? null : { law: broken.law, text: printEngineStory(seed, broken) };
}
