/** ms that one transaction of decisions is to take: so long a P0 that comes in waits for the batch before its own. */
const TARGET_MS = 150;
const FEWEST = 20;
const MOST = 1_000;

/** How many units of work (alerts, clicks) one transaction decides. */
export type BatchSize = {
  readonly units: () => number;
  /** A transaction of so many units took so many ms. */
  readonly took: (units: number, ms: number) => void;
};

/**
 * Sizes batches by how long the last one took: a unit that opens an incident costs ten times one that repeats an alert,
 * and machines differ as much. A batch that was not full is no reason for a larger one.
 */
export function createBatchSize(): BatchSize {
  let size = 200;
  return {
    units: () => size,
    took(units, ms) {
      if (ms > TARGET_MS) size = Math.max(FEWEST, Math.floor((Math.min(size, units) * TARGET_MS) / ms));
      else if (units >= size * 0.9) size = Math.min(MOST, Math.floor(size * Math.min(2, TARGET_MS / Math.max(1, ms))));
    },
  };
}
