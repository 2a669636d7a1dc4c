import { describe, expect, test } from "vitest";
import {
  measureEffect,
  isMeasureMet,
  judgeSample,
  type VerificationSample,
} from "#domain/automation/run-verification.ts";
import { describeRecord, describeTrust } from "#domain/automation/run-trust.ts";
import type { RunMeasure, VerificationProgress } from "#domain/automation/run.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aRunPlan } from "#test/support/builders/runbooks/run-builders.ts";

const below: RunMeasure = { measure: "latency", operator: "<", threshold: 1 };
const above: RunMeasure = { measure: "ready", operator: ">=", threshold: 3 };

test.each([
  ["<", 1, 1, false],
  ["<=", 1, 1, true],
  [">", 1, 1, false],
  [">=", 1, 1, true],
  ["==", 1, 1, true],
  ["!=", 1, 1, false],
] as const)("a value %s a threshold", (operator, threshold, value, is) =>
  expect(isMeasureMet({ measure: "m", operator, threshold }, value)).toBe(is),
);

test.each([null, Number.NaN, Infinity])("%s holds for no one", (value) =>
  expect(isMeasureMet(below, value)).toBeNull(),
);

test.each([
  [[below], [8.5], [0.5], "helped"],
  [[below], [8.5], [4], "helped"],
  [[below], [8.5], [8.4], "no effect"],
  [[below], [8.5], [12], "worse"],
  [[below], [0.5], [2], "worse"],
  [[below], [0.5], [0.1], "no effect"],
  [[above], [1], [2], "helped"],
  [[above], [2], [1], "worse"],
  [[below], [null], [0.5], "unknown"],
  [[below], [8.5], [null], "unknown"],
  [[below], null, null, "unknown"],
  [[below, above], [8.5, 3], [0.5, 1], "worse"],
  [[below, above], [8.5, 3], [0.5, null], "helped"],
  [[], [], [], "unknown"],
] as const)("%j from %j to %j: %s", (measures, before, after, is) =>
  expect(measureEffect(measures, before, after)).toBe(is),
);

describe("a look at the measure", () => {
  const verify = aRunPlan().verify!;
  const fresh: VerificationProgress = { began: NOW, heldSince: null, values: [], says: "" };
  const held: VerificationProgress = { ...fresh, heldSince: NOW, resolvedSince: NOW };
  const sample = (
    value: number | null,
    alertFiring: boolean | null = false,
    traffic: number | null = null,
  ): VerificationSample => ({
    values: [value],
    traffic,
    alertFiring,
  });
  const result = (
    progress: VerificationProgress,
    observed: VerificationSample,
    after: number,
    how = verify,
  ): string => {
    const judged = judgeSample(how, progress, observed, NOW + after);
    return judged.outcome === "open"
      ? `open: ${judged.progress.says}`
      : judged.outcome === "failed"
        ? `failed: ${judged.why}`
        : "proved";
  };

  test("proves it when the measure has held for its time and the alert has resolved", () => {
    expect(result(fresh, sample(0.5), 0)).toBe("open: good, and watched for a while");
    expect(result(held, sample(0.5), 3 * MINUTE - 1)).toBe("open: good, and watched for a while");
    expect(result(held, sample(0.5), 3 * MINUTE)).toBe("proved");
    expect(result(held, sample(0.5, true), 3 * MINUTE)).toBe("open: good, but the alert still fires");
    expect(result(held, sample(0.5, null), 3 * MINUTE)).toBe("proved");
  });

  test("proves nothing while the alert flaps: it must stay resolved for as long as the measure", () => {
    let progress = held;
    for (let at = 0; at < 30 * MINUTE; at += 15_000) {
      const judged = judgeSample(verify, progress, sample(0.5, at % MINUTE === 0), NOW + at);
      if (judged.outcome !== "open") {
        expect(judged).toEqual({ outcome: "failed", why: "the alert still fires" });
        expect(at).toBe(23 * MINUTE);
        return;
      }
      ({ progress } = judged);
    }
    throw new Error("it was never judged");
  });

  test("counts the alert's time again from the start when it fired between two looks", () => {
    const seen = { ...held, stretch: "1/0" };
    expect(result(seen, { ...sample(0.5), alertStretch: "1/0" }, 3 * MINUTE)).toBe("proved");
    expect(judgeSample(verify, seen, { ...sample(0.5), alertStretch: "2/0" }, NOW + 3 * MINUTE)).toMatchObject({
      outcome: "open",
      progress: { heldSince: NOW, resolvedSince: NOW + 3 * MINUTE, stretch: "2/0" },
    });
  });

  test("counts the alert's time from when it resolved, and ends though it resolves again and again", () => {
    const firing = { ...held, resolvedSince: null };
    expect(result(firing, sample(0.5), 4 * MINUTE)).toBe("open: good, and the alert is watched for a while");
    expect(result({ ...held, resolvedSince: NOW + 4 * MINUTE }, sample(0.5), 7 * MINUTE - 1)).toContain("open");
    expect(result({ ...held, resolvedSince: NOW + 4 * MINUTE }, sample(0.5), 7 * MINUTE)).toBe("proved");
    const late = { ...held, resolvedSince: NOW + 25 * MINUTE };
    expect(result(late, sample(0.5), 26 * MINUTE)).toBe("failed: the alert does not stay resolved");
    const sampled = sample(0.5, true);
    expect(result({ ...held, resolvedSince: null }, sampled, 3 * MINUTE, { ...verify, alertResolved: false })).toBe(
      "proved",
    );
  });

  test("starts again when one sample fails or has no data", () => {
    expect(judgeSample(verify, held, sample(2), NOW + MINUTE)).toMatchObject({
      outcome: "open",
      progress: { heldSince: null, says: "not good yet" },
    });
    expect(judgeSample(verify, held, sample(null), NOW + MINUTE)).toMatchObject({
      outcome: "open",
      progress: { heldSince: null, says: "no data" },
    });
    expect(judgeSample(verify, held, sample(Number.NaN), NOW + MINUTE)).toMatchObject({
      outcome: "open",
      progress: { heldSince: null },
    });
  });

  test("starts again after a time without samples", () => {
    const seen = { ...held, seenAt: NOW + 15_000 };
    expect(judgeSample(verify, seen, sample(0.5), NOW + 10 * MINUTE)).toMatchObject({
      outcome: "open",
      progress: { heldSince: NOW + 10 * MINUTE, seenAt: NOW + 10 * MINUTE },
    });
    expect(result({ ...held, seenAt: NOW + 165_000 }, sample(0.5), 3 * MINUTE)).toBe("proved");
  });

  test("fails it when the measure is not good in time, or has no data", () => {
    expect(result(fresh, sample(2), 10 * MINUTE)).toBe("failed: the measure is not good in time");
    expect(result(fresh, sample(null), 10 * MINUTE)).toBe("failed: nobody knows whether it helped: there is no data");
    expect(result(fresh, sample(null), 0, { ...verify, noData: "fail" })).toBe("failed: there is no data");
    expect(result(held, sample(0.5, true), 23 * MINUTE)).toBe("failed: the alert still fires");
  });

  test("needs enough traffic", () => {
    const busy = { ...verify, minTraffic: { measure: "rate", operator: ">", threshold: 1 } } as const;
    expect(result(held, sample(0.5, false, 0.2), 3 * MINUTE, busy)).toBe("open: too little traffic to tell");
    expect(result(held, sample(0.5, false, null), 3 * MINUTE, busy)).toBe("open: no data");
    expect(result(held, sample(0.5, false, 5), 3 * MINUTE, busy)).toBe("proved");
  });
});

test("a runbook's track record and the trust it gives", () => {
  expect(describeRecord({ verified: 12, of: 12 })).toBe("12 of 12 verified");
  expect(describeRecord({ verified: 0, of: 0 })).toBe("never run");
  expect(describeTrust("auto", { verified: 1, of: 1, here: 1 })).toBe("approve (auto after 2 more verified runs)");
  expect(describeTrust("auto", { verified: 3, of: 4, here: 3 })).toBe("auto");
  expect(describeTrust("approve", { verified: 3, of: 3, here: 3 })).toBe("approve (has earned auto)");
  expect(describeTrust("approve", { verified: 3, of: 4, here: 3 })).toBe("approve");
});
