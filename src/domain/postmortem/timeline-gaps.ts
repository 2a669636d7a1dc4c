import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** A stretch of an incident without an entry in the timeline. */
export type TimelineGap = { readonly from: Instant; readonly to: Instant };

/** ms of nothing that a reader asks about. */
const MIN_GAP_MS = 15 * MINUTE_MS;

/** Stretches of more than 15 minutes without an entry, between `from` and `to`. `told`: the times of entries, in order. */
export function findTimelineGaps(instants: readonly Instant[], from: Instant, to: Instant): readonly TimelineGap[] {
  const found: TimelineGap[] = [];
  let last = from;
  for (const at of [...instants, to]) {
    const until = Math.min(at, to);
    if (until - last > MIN_GAP_MS) found.push({ from: last, to: until });
    last = Math.max(last, until);
  }
  return found;
}
