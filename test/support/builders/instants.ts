import { parseInstant } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/** The minute in which the reference incident begins. */
export const NOW: Instant = Date.UTC(2026, 10, 21, 14, 32);

/** The durations of tests, in ms. */
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** The instant of an RFC 3339 text. */
export function instantOf(text: string): Instant {
  const at = parseInstant(text);
  if (at === null) throw new Error(`no instant: ${text}`);
  return at;
}
