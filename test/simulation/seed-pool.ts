import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** A law that the story of a seed broke, with the story as a test. */
export type SeedFault = { readonly seed: number; readonly law: string; readonly text: string };

/** Seeds that are played one after the other. */
export type SeedRange = { readonly from: number; readonly count: number };

/** Seeds that a worker plays before it asks for more: some seconds of work. */
const AT_ONCE = 50;

/**
 * Plays the stories of seeds on the pure core, on as many processors as there are workers. A seed decides its story alone,
 * so the answer is the same for any number of them.
 * @param keepGoing whether seeds after a fault are played too; without, the answer is the fault of the lowest seed
 * @param onPlayed called with the number of seeds that were played so far, which are not always the lowest
 */
export async function playSeeds(
  { from, count }: SeedRange,
  workers: number,
  keepGoing: boolean,
  onPlayed: (seeds: number) => void = () => {},
): Promise<readonly SeedFault[]> {
  const faults: SeedFault[] = [];
  let [next, played] = [from, 0];
  // Ranges are handed out in order: what is below a fault is played, or in hand.
  const take = (): SeedRange | null => {
    if (next >= from + count || (faults.length > 0 && !keepGoing)) return null;
    const range = { from: next, count: Math.min(AT_ONCE, from + count - next) };
    next += range.count;
    return range;
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("seed-worker.ts", import.meta.url));
    try {
      for (let range = take(); range !== null; range = take()) {
        worker.postMessage({ ...range, keepGoing });
        const [found] = (await once(worker, "message")) as [readonly SeedFault[]];
        faults.push(...found);
        onPlayed((played += range.count));
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(count / AT_ONCE)) }, work));
  const inOrder = faults.toSorted((a, b) => a.seed - b.seed);
  return keepGoing ? inOrder : inOrder.slice(0, 1);
}
