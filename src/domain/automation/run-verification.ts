import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RunMeasure, VerificationProgress, RunVerify } from "./run.ts";

// How a run is verified. Unknown is never a pass.

export const MEASURED_EFFECTS = ["helped", "no effect", "worse", "unknown"] as const;
export type MeasuredEffect = (typeof MEASURED_EFFECTS)[number];

/** A change smaller than this part of the previous value counts as none. */
const NOTICEABLE = 0.1;
/** ms that the alert may take to resolve after the measure is good: its own `for`, and its sender's group interval. */
const ALERT_PATIENCE = 10 * MINUTE_MS;

export function isMeasureMet({ operator, threshold }: RunMeasure, value: number | null): boolean | null {
  if (value === null || !Number.isFinite(value)) return null;
  switch (operator) {
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
    case "==":
      return value === threshold;
    case "!=":
      return value !== threshold;
  }
}

/** What a step did to the measures of its runbook. One that got worse outweighs one that got better. */
export function measureEffect(
  measures: readonly RunMeasure[],
  before: readonly (number | null)[] | null,
  after: readonly (number | null)[] | null,
): MeasuredEffect {
  const each = measures
    .map((measure, i) => moved(measure, before?.[i] ?? null, after?.[i] ?? null))
    .filter((one) => one !== "unknown");
  return each.includes("worse")
    ? "worse"
    : each.includes("helped")
      ? "helped"
      : each.includes("no effect")
        ? "no effect"
        : "unknown";
}

function moved(measure: RunMeasure, before: number | null, after: number | null): MeasuredEffect {
  const [previous, is] = [isMeasureMet(measure, before), isMeasureMet(measure, after)];
  if (previous === null || is === null || before === null || after === null) return "unknown";
  if (previous !== is) return is ? "helped" : "worse";
  // It was well and is well, or its better direction is unknown.
  if (previous || measure.operator === "==" || measure.operator === "!=") return "no effect";
  const better = measure.operator.startsWith("<") ? before - after : after - before;
  return Math.abs(better) < NOTICEABLE * Math.max(Math.abs(before), Math.abs(measure.threshold))
    ? "no effect"
    : better > 0
      ? "helped"
      : "worse";
}

export type VerificationSample = {
  readonly values: readonly (number | null)[];
  readonly traffic: number | null;
  /** null: no alert started it. */ readonly alertFiring: boolean | null;
};

export type VerificationResult =
  | { readonly outcome: "proved" }
  | { readonly outcome: "failed"; readonly why: string }
  | { readonly outcome: "open"; readonly progress: VerificationProgress; readonly nextAt: Instant };

/** Looks that are further apart, in ms or as a part of the time that it has to hold: what was between them no one saw. */
const BLIND_MS = 30_000;
const BLIND_PART = 0.5;

/** One look at the measures. Proved: all of them have held for their time, and the alert has resolved. */
export function judgeSample(
  verify: RunVerify,
  before: VerificationProgress,
  sample: VerificationSample,
  now: Instant,
): VerificationResult {
  const proof = before.began > now ? restarted(before, now) : before;
  const each = verify.promql.map((measure, i) => isMeasureMet(measure, sample.values[i] ?? null));
  const traffic = verify.minTraffic === null ? true : isMeasureMet(verify.minTraffic, sample.traffic);
  const blind = each.includes(null) || traffic === null;
  const good = !blind && traffic && each.every((one) => one === true);
  const unseen = proof.seenAt !== undefined && now - proof.seenAt > Math.max(BLIND_MS, verify.for * BLIND_PART);
  const heldSince = good ? (unseen ? now : (proof.heldSince ?? now)) : null;
  const long = heldSince !== null && now - heldSince >= verify.for;
  const resolved = !verify.alertResolved || sample.alertFiring !== true;
  if (long && resolved) return { outcome: "proved" };
  const status = blind
    ? "no data"
    : !traffic
      ? "too little traffic to tell"
      : !good
        ? "not good yet"
        : !long
          ? "good, and watched for a while"
          : "good, but the alert still fires";
  const late = proof.began + verify.within;
  if (blind && verify.noData === "fail") return { outcome: "failed", why: "there is no data" };
  if (heldSince === null && now >= late)
    return {
      outcome: "failed",
      why: blind
        ? "nobody knows whether it helped: there is no data"
        : !traffic
          ? "there is too little traffic to tell"
          : "the measure is not good in time",
    };
  if (long && now >= late + verify.for + ALERT_PATIENCE) return { outcome: "failed", why: "the alert still fires" };
  const step = Math.max(1_000, Math.min(15_000, verify.for / 4));
  return {
    outcome: "open",
    progress: { ...proof, seenAt: now, heldSince, values: sample.values, says: status },
    nextAt: now + step,
  };
}

/** A verification of before the clock was set back: what it saw lies ahead, and would count only when the clock is there again. */
function restarted(progress: VerificationProgress, now: Instant): VerificationProgress {
  return { ...progress, began: now, seenAt: now, heldSince: null };
}
