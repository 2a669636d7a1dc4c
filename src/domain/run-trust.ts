import { EARNED } from "./run-gate.ts";
import type { Instant } from "./language.ts";
import type { RunMode, RunState } from "./run.ts";

/** How the runs of a runbook that changed something ended; `here`: verified ones of the words that it has now. */
export type Record = { readonly verified: number; readonly of: number; readonly here: number };
export const NO_RECORD: Record = { verified: 0, of: 0, here: 0 };

/** The same with what it did last, and until when nothing is tried where it did not help. */
export type TrackRecord = Record & {
  readonly last: { readonly state: RunState; readonly at: Instant } | null;
  readonly openUntil: Instant | null;
};

/** "12 of 12 verified". */
export function recordOf({ verified, of }: Pick<Record, "verified" | "of">): string {
  return of === 0 ? "never run" : `${verified} of ${of} verified`;
}

/** What a runbook may do by now, and what would let it do more: suggest → approve → auto, earned by verified runs. */
export function trustOf(mode: RunMode, record: Record): string {
  if (mode === "auto" && record.here < EARNED) return `approve (auto after ${EARNED - record.here} more verified runs)`;
  if (mode === "approve" && record.of >= EARNED && record.verified === record.of) return "approve (has earned auto)";
  return mode;
}
