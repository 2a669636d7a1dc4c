import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtcDay, nextUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { dayNumber, weekdayOf } from "#domain/values/wall-clock.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** ms after its hour in which a digest is still asked for: a Muster that was down posts no old news. */
const MAX_DELAY_MS = DAY_MS / 2;

/**
 * The last instant, not after `now`, at which the figures of a week were due; null when the policy has no weekly
 * digest.
 */
export function weeklyDigestDue({ digest: { weekly } }: Policy, now: Instant): Instant | null {
  if (weekly === null) return null;
  let due = nextUtcTime(now - DAY_MS, weekly.at);
  while (weekdayOf(dayNumber(formatUtcDay(due))) !== weekly.on) due -= DAY_MS;
  return due;
}

/** The last instant, not after `now`, at which the digest of a day was due. */
export function dailyDigestDue({ digest }: Policy, now: Instant): Instant {
  return nextUtcTime(now - DAY_MS, digest.at);
}

/** Whether what was due at an instant is still asked for. */
export function isStillNews(due: Instant, now: Instant): boolean {
  return now - due <= MAX_DELAY_MS;
}
