import type { IncidentSummary } from "./incident-summary.ts";
import { isCounted } from "./incident-summary.ts";
import type { Instant, Priority } from "#domain/values/language.ts";

/** A stretch of time, [from, to). */
export type TimeWindow = { readonly from: Instant; readonly to: Instant };

/** Priorities at which a service counts as down: completely unavailable (P0), or degraded by more than half (P1). */
export const DOWN_PRIORITIES: ReadonlySet<Priority> = new Set<Priority>(["P0", "P1"]);

/**
 * When a service was down: from the start to the resolution of each incident that was P0 or P1 at its worst, without the
 * time between an end and a new beginning, overlapping ones counted once. `now` stands in for the end of one that is open.
 */
export function downWindows(cases: readonly IncidentSummary[], now: Instant): readonly TimeWindow[] {
  return mergeWindows(
    cases.filter((each) => isCounted(each) && DOWN_PRIORITIES.has(each.peak)).flatMap((each) => stretches(each, now)),
  );
}

function stretches({ detectedAt, resolvedAt, ups = [] }: IncidentSummary, now: Instant): readonly TimeWindow[] {
  const begins = [detectedAt, ...ups.map(({ to }) => to)];
  return begins.map((from, i) => ({ from, to: ups[i]?.from ?? resolvedAt ?? now }));
}

/** The same time as windows that neither overlap nor touch, in order. */
export function mergeWindows(windows: readonly TimeWindow[]): readonly TimeWindow[] {
  const joined: { from: Instant; to: Instant }[] = [];
  for (const { from, to } of windows.filter((each) => each.to > each.from).toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** ms of windows that do not overlap which lie in [from, to). */
export function overlapDuration(windows: readonly TimeWindow[], { from, to }: TimeWindow): number {
  return windows.reduce((sum, each) => sum + Math.max(0, Math.min(each.to, to) - Math.max(each.from, from)), 0);
}
