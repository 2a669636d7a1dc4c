import fc from "fast-check";
import { expect, test } from "vitest";
import { createBatchSize } from "#engine/loop/batch-size.ts";

/** The sizes that batches come to when each unit takes so many ms. */
function sizesAt(msPerUnit: number, batches = 20): number[] {
  const size = createBatchSize();
  return Array.from({ length: batches }, () => {
    const units = size.units();
    size.took(units, units * msPerUnit);
    return units;
  });
}

test("comes to batches of 150 ms, whatever a unit costs", () => {
  expect(sizesAt(1).at(-1)).toBe(150);
  expect(sizesAt(0.3).at(-1)).toBe(500);
  expect(sizesAt(0.01).at(-1)).toBe(1_000);
  expect(sizesAt(50).at(-1)).toBe(20);
});

test("takes one long transaction for an exception", () => {
  const size = createBatchSize();
  size.took(200, 30_000);
  expect(size.units()).toBe(20);
  for (let i = 0; i < 10; i++) size.took(size.units(), size.units() * 0.3);
  expect(size.units()).toBeGreaterThan(450);
});

test("does not grow by batches that were not full", () => {
  const size = createBatchSize();
  for (let i = 0; i < 100; i++) size.took(3, 1);
  expect(size.units()).toBe(200);
});

test("stays between 20 and 1,000 units, also with a clock that is set back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: -1e7, max: 1e7 }))),
      (batches) => {
        const size = createBatchSize();
        for (const [units, ms] of batches) {
          size.took(units, ms);
          expect(size.units()).toBeGreaterThanOrEqual(20);
          expect(size.units()).toBeLessThanOrEqual(1_000);
        }
      },
    ),
  );
});
