import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fullBucket,
  pauseBucket,
  takeFrom,
  type VendorAllowance,
  type AllowanceBucket,
} from "#domain/outbound/allowance.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";

const CREATE: VendorAllowance = { key: "slack conversations.create", perMinute: 20, burst: 20 };

/** Takes as often as it can at one moment; answers what is left and how many were let in. */
function takeAll(
  bucket: AllowanceBucket,
  urgency: number,
  now: number,
): { readonly bucket: AllowanceBucket; readonly taken: number } {
  for (let left = bucket, taken = 0; ; taken++) {
    const { bucket: next, waitMs } = takeFrom(left, CREATE, urgency, now);
    if (waitMs > 0) return { bucket: left, taken };
    left = next;
  }
}

describe("an allowance", () => {
  test("lets in at most its burst and what a minute brings, whatever comes when", () => {
    const asks = fc.array(fc.record({ gap: fc.nat({ max: 10 * SECOND }), urgency: fc.integer({ min: 0, max: 4 }) }), {
      minLength: 50,
      maxLength: 300,
    });
    fc.assert(
      fc.property(asks, (requests) => {
        let now = NOW;
        let bucket = fullBucket(CREATE, now);
        const letIn: number[] = [];
        for (const { gap, urgency } of requests) {
          now += gap;
          const { bucket: next, waitMs } = takeFrom(bucket, CREATE, urgency, now);
          bucket = next;
          if (waitMs === 0) letIn.push(now);
        }
        for (const from of letIn)
          expect(letIn.filter((at) => at >= from && at < from + MINUTE).length).toBeLessThanOrEqual(40);
      }),
    );
  });

  test("keeps a quarter for P0 and P1, which neighbors cannot spend", () => {
    const { bucket, taken } = takeAll(fullBucket(CREATE, NOW), 2, NOW);
    expect(taken).toBe(15);
    expect(takeAll(bucket, 0, NOW).taken).toBe(5);
  });

  test("after a refusal by the vendor the urgent ones go first", () => {
    const paused = pauseBucket(fullBucket(CREATE, NOW), CREATE, 10 * SECOND, NOW);
    const urgent = takeFrom(paused, CREATE, 0, NOW).waitMs;
    const other = takeFrom(paused, CREATE, 2, NOW).waitMs;
    expect([urgent, other > urgent]).toEqual([10 * SECOND, true]);
    expect(takeFrom(paused, CREATE, 0, NOW + urgent).waitMs).toBe(0);
    expect(takeFrom(paused, CREATE, 2, NOW + urgent).waitMs).toBeGreaterThan(0);
  });

  test.each([2 * HOUR, 10 * MINUTE])("is not overdrawn for longer by a clock that was set back by %d ms", (step) => {
    const empty = takeAll(takeAll(fullBucket(CREATE, NOW), 0, NOW).bucket, 0, NOW).bucket;
    const paused = pauseBucket(empty, CREATE, MINUTE, NOW);
    const { waitMs } = takeFrom(paused, CREATE, 0, NOW - step);
    expect(waitMs).toBeLessThanOrEqual(MINUTE);
  });
});
