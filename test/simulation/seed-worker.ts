import { parentPort } from "node:worker_threads";
import type { SeedFault, SeedRange } from "./seed-pool.ts";
import { printStory } from "./print-story.ts";
import { simulateSeed } from "./simulate.ts";

// Plays the stories of the seeds that it is sent, one range after the other.

const parent = parentPort!;
parent.on("message", ({ from, count, keepGoing }: SeedRange & { readonly keepGoing: boolean }) => {
  const faults: SeedFault[] = [];
  for (let seed = from; seed < from + count && (keepGoing || faults.length === 0); seed++) {
    const found = simulateSeed(seed);
    if (found !== null) faults.push({ seed, law: found.result.law, text: printStory(found) });
  }
  parent.postMessage(faults);
});
