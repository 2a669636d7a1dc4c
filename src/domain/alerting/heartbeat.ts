import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** Something that is done all the time: when it was done last, and since when without a pause. */
export type HeartbeatRecord = { readonly since: Instant; readonly at: Instant; readonly note: string | null };

/** Longest time between two beats that is no pause, in ms: a restart takes less, and senders try again for longer. */
export const PAUSE_MS = 2 * MINUTE_MS;

/**
 * Since when Muster can receive alerts: what is silent for longer was not silent to it. `doors` are beaten by every
 * process that receives; null: no version that beats has run yet, and silence counts from the last alert.
 */
export function receivingSince(doors: HeartbeatRecord | null, now: Instant): Instant {
  if (doors === null) return 0;
  return now - doors.at > PAUSE_MS ? now : doors.since;
}
