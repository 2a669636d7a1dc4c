import { MIN_VERIFIED_RUNS } from "./run-gate.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RunMode, RunState } from "./run.ts";

/** How the runs of a runbook that changed something ended; `here`: verified ones of the words that it has now. */
export type RunRecord = { readonly verified: number; readonly of: number; readonly here: number };
export const NO_RUN_RECORD: RunRecord = { verified: 0, of: 0, here: 0 };

/** The same with what it did last, and until when nothing is tried where it did not help. */
export type TrackRecord = RunRecord & {
  readonly last: { readonly state: RunState; readonly at: Instant } | null;
  readonly openUntil: Instant | null;
};

/** "12 of 12 verified". */
export function describeRecord({ verified, of }: Pick<RunRecord, "verified" | "of">): string {
  return of === 0 ? "never run" : `${verified} of ${of} verified`;
}

/** What a runbook may do by now, and what would let it do more: suggest → approve → auto, earned by verified runs. */
export function describeTrust(mode: RunMode, record: RunRecord): string {
  if (mode === "auto" && record.here < MIN_VERIFIED_RUNS)
    return `approve (auto after ${MIN_VERIFIED_RUNS - record.here} more verified runs)`;
  if (mode === "approve" && record.of >= MIN_VERIFIED_RUNS && record.verified === record.of)
    return "approve (has earned auto)";
  return mode;
}
