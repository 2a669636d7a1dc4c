/** How figures lie: their number, their mean, and the percentiles. All in the unit of the figures. */
export type PercentileSummary = {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
};

/** The spread of some figures; null of none. */
export function summarizePercentiles(values: readonly number[]): PercentileSummary | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).toSorted();
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, each) => sum + each, 0) / sorted.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p95: percentile(sorted, 0.95),
  };
}

/**
 * The value below which `share` of sorted figures lie, between two neighbours in proportion: what spreadsheets call
 * PERCENTILE.INC. The half is the median as everyone computes it.
 */
function percentile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (place - below);
}
