import { expect, test } from "vitest";
import { describeDecisionLag } from "#domain/reporting/decision-lag.ts";

test.each([
  [0, 0, null],
  [5_000, 9_999, null],
  [1, 10_000, "1 delivery or command waits to be decided, the oldest for 10 s; the most urgent are decided first"],
  [
    3_200,
    74_000,
    "3200 deliveries and commands wait to be decided, the oldest for 1 min 14 s; the most urgent are decided first",
  ],
])("%i that wait, the oldest for %i ms", (waiting, oldestMs, text) => {
  expect(describeDecisionLag({ waiting, oldestMs })).toBe(text);
});
