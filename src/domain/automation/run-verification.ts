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
  /** Why there is no number although there is data: a measure is several series; absent: none is. */
  readonly several?: string;
  /** null: no alert started it. */ readonly alertFiring: boolean | null;
  /** Another text for each time that the alert began to fire; absent: unknown. */
  readonly alertStretch?: string;
};

export type VerificationResult =
  | { readonly outcome: "proved" }
  | { readonly outcome: "failed"; readonly why: string }
  | { readonly outcome: "open"; readonly progress: VerificationProgress; readonly nextAt: Instant };

/** Looks that are further apart, in ms or as a part of the time that it has to hold: what was between them no one saw. */
const BLIND_MS = 30_000;
const BLIND_PART = 0.5;

/**
 * One look at the measures. Proved: all of them have held for their time, and the alert has stayed resolved for it. One that
 * flaps is good for a moment now and then, and proves nothing.
 */
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
  // It may have fired between two looks.
  const firedAgain = proof.stretch !== undefined && proof.stretch !== sample.alertStretch;
  const resolvedSince = sample.alertFiring === true ? null : firedAgain ? now : (proof.resolvedSince ?? now);
  const stretch = sample.alertStretch === undefined ? {} : { stretch: sample.alertStretch };
  const asksNoAlert = !verify.alertResolved || sample.alertFiring === null;
  const stays = asksNoAlert || (resolvedSince !== null && now - resolvedSince >= verify.for);
  if (long && stays) return { outcome: "proved" };
  const status = blind
    ? (sample.several ?? "no data")
    : !traffic
      ? "too little traffic to tell"
      : !good
        ? "not good yet"
        : !long
          ? "good, and watched for a while"
          : resolvedSince === null
            ? "good, but the alert still fires"
            : "good, and the alert is watched for a while";
  const late = proof.began + verify.within;
  if (blind && verify.noData === "fail") return { outcome: "failed", why: "there is no data" };
  if (heldSince === null && now >= late)
    return {
      outcome: "failed",
      why: blind
        ? `nobody knows whether it helped: ${sample.several ?? "there is no data"}`
        : !traffic
          ? "there is too little traffic to tell"
          : "the measure is not good in time",
    };
  // One that has just resolved gets its own time; one that does so again and again does not get it for ever.
  const patience = late + verify.for + ALERT_PATIENCE;
  if (long && now >= (resolvedSince === null ? patience : patience + verify.for))
    return {
      outcome: "failed",
      why: resolvedSince === null ? "the alert still fires" : "the alert does not stay resolved",
    };
  const step = Math.max(1_000, Math.min(15_000, verify.for / 4));
  return {
    outcome: "open",
    progress: { ...proof, ...stretch, seenAt: now, heldSince, resolvedSince, values: sample.values, says: status },
    nextAt: now + step,
  };
}

/** A verification of before the clock was set back: what it saw lies ahead, and would count only when the clock is there again. */
function restarted(progress: VerificationProgress, now: Instant): VerificationProgress {
  return { ...progress, began: now, seenAt: now, heldSince: null, resolvedSince: null };
}
