import { fullBucket, pauseBucket, takeFrom, type AllowanceBucket } from "#domain/outbound/allowance.ts";
import type { VendorAllowances } from "#ports/allowances.ts";

/** Allowances of one process, by its clock. */
export function createMemoryAllowances(clock: () => number): VendorAllowances {
  const buckets = new Map<string, AllowanceBucket>();
  return {
    take(allowance, urgency) {
      const before = buckets.get(allowance.key) ?? fullBucket(allowance, clock());
      const { bucket, waitMs } = takeFrom(before, allowance, urgency, clock());
      buckets.set(allowance.key, bucket);
      return Promise.resolve(waitMs);
    },
    pause(allowance, ms) {
      const before = buckets.get(allowance.key) ?? fullBucket(allowance, clock());
      buckets.set(allowance.key, pauseBucket(before, allowance, ms, clock()));
      return Promise.resolve();
    },
  };
}
