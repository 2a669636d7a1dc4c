import { parseArgs } from "node:util";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { printStory } from "./print-story.ts";
import { simulateSeed } from "./simulate.ts";

// npm run simulate -- --seeds 100000 [--from 1] [--keep-going]

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    "keep-going": { type: "boolean", default: false },
  },
});
const [count, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--seeds: expected a whole number of 1 or more");
if (!Number.isSafeInteger(from) || from < 0) throw new Error("--from: expected a whole number of 0 or more");
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const elapsed = stopwatch();
const faults = new Map<string, number>();
for (let seed = from; seed < from + count; seed++) {
  const fault = simulateSeed(seed);
  if (fault !== null) {
    if (!faults.has(fault.result.law) || !values["keep-going"]) say(printStory(fault));
    faults.set(fault.result.law, (faults.get(fault.result.law) ?? 0) + 1);
    if (!values["keep-going"]) process.exit(1);
  }
  if ((seed - from + 1) % 1000 === 0) say(`… ${seed - from + 1} seeds`);
}
const seconds = elapsed() / 1000;
say(`${count} seeds in ${seconds.toFixed(1)} s (${Math.round((count / seconds) * 60)} a minute)`);
for (const [law, times] of faults) say(`${times} seeds broke ${law}`);
process.exit(faults.size === 0 ? 0 : 1);
