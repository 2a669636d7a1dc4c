import type { RunMeasure } from "./run.ts";

/** A measured number for people. */
export function formatMeasuredValue(value: number | null): string {
  return value === null ? "no data" : String(Number(value.toPrecision(3)));
}

/** "0.42 < 1". */
export function formatMeasure({ operator, threshold }: RunMeasure, value: number | null): string {
  return `${formatMeasuredValue(value)} (wanted ${operator} ${formatMeasuredValue(threshold)})`;
}
