import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { enginePlanOfSeed } from "./engine/engine-plan.ts";
import { playEngineStory, printEngineStory } from "./engine-story.ts";
import { playSeeds, type SeedFault, type SeedRange } from "./seed-pool.ts";

// npm run simulate -- --seeds 100000 [--from 1] [--keep-going] [--workers 2] [--engine]

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    "keep-going": { type: "boolean", default: false },
    workers: { type: "string", default: String(availableParallelism()) },
    engine: { type: "boolean", default: false },
  },
});
const keepGoing = values["keep-going"];
const [count, from, workers] = [Number(values.seeds), Number(values.from), Number(values.workers)];
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--seeds: expected a whole number of 1 or more");
if (!Number.isSafeInteger(from) || from < 0) throw new Error("--from: expected a whole number of 0 or more");
if (!Number.isSafeInteger(workers) || workers < 1) throw new Error("--workers: expected a whole number of 1 or more");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const elapsed = stopwatch();
let shown = 0;
const progress = (played: number): void => {
  if (Math.floor(played / 1000) === shown) return;
  shown = Math.floor(played / 1000);
  say(`… ${played} seeds`);
};
const faults = values.engine
  ? await playOnEngine({ from, count })
  : await playSeeds({ from, count }, workers, keepGoing, progress);
const laws = Map.groupBy(faults, ({ law }) => law);
for (const [first] of laws.values()) say(first!.text);
if (faults.length > 0 && !keepGoing) process.exit(1);
const seconds = elapsed() / 1000;
say(`${count} seeds in ${seconds.toFixed(1)} s (${Math.round((count / seconds) * 60)} a minute)`);
for (const [law, { length }] of laws) say(`${length} seeds broke ${law}`);
process.exit(faults.length === 0 ? 0 : 1);

/** Plays the stories of seeds on the engine and its one embedded database, one after the other. */
async function playOnEngine(range: SeedRange): Promise<readonly SeedFault[]> {
  const rig = await EngineHarness.open();
  const found: SeedFault[] = [];
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const broken = await playEngineStory(rig, enginePlanOfSeed(seed));
    if (broken !== null) found.push({ seed, law: broken.law, text: printEngineStory(seed, broken) });
    if (broken !== null && !keepGoing) break;
    progress(seed - range.from + 1);
  }
  await rig.close();
  return found;
}
