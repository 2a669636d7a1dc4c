import { formatDuration, HOUR_MS } from "./duration.ts";
import { formatUtc, formatUtcTime } from "./instant.ts";
import type { Instant } from "./language.ts";

/** A time in which Muster did not run, or a step of the clock by which it goes: from what it showed to what it showed then. */
export type WatchInterruption = { readonly kind: "pause" | "step"; readonly from: Instant; readonly until: Instant };

/** "Muster did not run from 06:20 to 09:20 UTC". */
export function describeInterruption({ kind, from, until }: WatchInterruption): string {
  if (kind === "pause")
    return until - from < 20 * HOUR_MS
      ? `Muster did not run from ${formatUtcTime(from)} to ${formatUtcTime(until)} UTC`
      : `Muster did not run from ${formatUtc(from)} to ${formatUtc(until)}`;
  return `The clock was set ${until < from ? "back" : "forward"} by ${formatDuration(Math.abs(until - from))}, from ${formatUtc(from)} to ${formatUtc(until)}`;
}
