import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** A stretch of an incident of which the timeline tells nothing. */
export type TimelineGap = { readonly from: Instant; readonly to: Instant };

/** ms of nothing that a reader asks about. */
const MIN_GAP_MS = 15 * MINUTE_MS;

/** Where nothing was written down for more than 15 minutes, between `from` and `to`. `told`: when something was, in order. */
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
