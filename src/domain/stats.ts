import type { Incident } from "./incident.ts";
import { isOpen, type Priority } from "./language.ts";

/** Figures over incidents; times in ms, medians, null where nothing is known. Drills, canceled and merged ones do not count. */
export type Summary = {
  readonly total: number;
  readonly open: number;
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly pages: number;
  readonly acknowledge: number | null;
  readonly mitigate: number | null;
  readonly resolve: number | null;
};

export function summarize(incidents: readonly Incident[]): Summary {
  const counted = incidents.filter(({ drill, status }) => !drill && status !== "canceled" && status !== "merged");
  const byPriority: Partial<Record<Priority, number>> = {};
  for (const { peak } of counted) byPriority[peak] = (byPriority[peak] ?? 0) + 1;
  const since = (pick: (incident: Incident) => number | null): number | null =>
    median(counted.flatMap((incident) => (pick(incident) === null ? [] : [Math.max(0, pick(incident)! - incident.detectedAt)])));
  return {
    total: counted.length,
    open: counted.filter(({ status }) => isOpen(status)).length,
    byPriority,
    pages: counted.reduce((sum, { pages }) => sum + pages.filter(({ status }) => status !== "failed").length, 0),
    acknowledge: since(({ acknowledgedAt }) => acknowledgedAt),
    mitigate: since(({ mitigatedAt }) => mitigatedAt),
    resolve: since(({ resolvedAt }) => resolvedAt),
  };
}

/** The middle one; of an even number the mean of the two in the middle. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
