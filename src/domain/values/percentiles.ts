/** How figures lie: their number, their mean, and the percentiles. All in the unit of the figures. */
export type PercentileSummary = {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
};
