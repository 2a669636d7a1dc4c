import type { Run, RunMeasure } from "./run.ts";

/** A measured number for people. */
export function formatMeasuredValue(value: number | null): string {
  return value === null ? "no data" : String(Number(value.toPrecision(3)));
}

/** "0.42 < 1". */
export function formatMeasure({ operator, threshold }: RunMeasure, value: number | null): string {
  return `${formatMeasuredValue(value)} (wanted ${operator} ${formatMeasuredValue(threshold)})`;
}

/** The state of a run for people. One that might have changed something and found no reason to has suggested nothing. */
export function describeRunState({ state, mode }: Pick<Run, "state" | "mode">): string {
  if (state === "suggested" && mode === "diagnose") return "looked";
  if (state === "suggested" && mode !== "suggest") return "nothing to do";
  return state.replace("-", " for ");
}
