import type { IncidentSummary } from "./incident-summary.ts";
import type { Instant, Priority } from "#domain/values/language.ts";

/** A stretch of time, [from, to). */
export type TimeWindow = { readonly from: Instant; readonly to: Instant };

/** Priorities at which a service counts as down: completely unavailable (P0), or degraded by more than half (P1). */
export const DOWN_PRIORITIES: ReadonlySet<Priority> = new Set<Priority>(["P0", "P1"]);

/** When an incident was on, in order: without the time between an end and a new beginning. `to` null: it still is. */
export function downStretches({
  detectedAt,
  resolvedAt,
  ups = [],
}: IncidentSummary): readonly { readonly from: Instant; readonly to: Instant | null }[] {
  const begins = [detectedAt, ...ups.map(({ to }) => to)];
  return begins.map((from, i) => ({ from, to: ups[i]?.from ?? resolvedAt }));
}

/** ms of windows that do not overlap which lie in [from, to). */
export function overlapDuration(windows: readonly TimeWindow[], { from, to }: TimeWindow): number {
  return windows.reduce((sum, each) => sum + Math.max(0, Math.min(each.to, to) - Math.max(each.from, from)), 0);
}
