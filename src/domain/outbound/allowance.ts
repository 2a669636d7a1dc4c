import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** How many requests of a kind a vendor takes from all processes of one Muster together. */
export type VendorAllowance = {
  /** The same key is the same allowance: the vendor, and what it counts together. */
  readonly key: string;
  readonly perMinute: number;
  /** How many may go at once after a rest. */
  readonly burst: number;
};

/** What is left of an allowance. */
export type AllowanceBucket = {
  readonly tokens: number;
  /** How many were sent away and have not come back yet, about. */
  readonly refused: number;
  /** When `tokens` and `refused` were true. */
  readonly at: Instant;
  /** The vendor asked to wait until then. */
  readonly pausedUntil: Instant | null;
};

/** The part of each allowance that only P0 and P1 may use. */
const RESERVED = 0.25;
/** Longest pause that a vendor's word can make, in ms; also what a clock that was set can cost at the most. */
const LONGEST_PAUSE_MS = 10 * MINUTE_MS;

/** A clock that is so far behind was set back, in ms. */
const STEP_MS = 1_000;

/** A bucket that no one has taken from. */
export function fullBucket({ burst }: VendorAllowance, now: Instant): AllowanceBucket {
  return { tokens: burst, refused: 0, at: now, pausedUntil: null };
}

/**
 * Takes one request out of a bucket. `waitMs`: 0, or in how many ms to come back.
 * @param urgency 0 and 1 may use the reserve
 */
export function takeFrom(
  bucket: AllowanceBucket,
  allowance: VendorAllowance,
  urgency: number,
  now: Instant,
): { readonly bucket: AllowanceBucket; readonly waitMs: number } {
  const { perMinute, burst } = allowance;
  const { tokens, refused, pausedUntil } = refill(bucket, allowance, now);
  const isUrgent = urgency <= 1;
  const floor = isUrgent ? 0 : burst * RESERVED;
  const paused = pausedUntil === null ? 0 : pausedUntil - now;
  if (paused === 0 && tokens - 1 >= floor)
    return { bucket: { tokens: tokens - 1, refused, at: now, pausedUntil }, waitMs: 0 };
  // Those that are sent away come back one after the other instead of all at once; after a pause the urgent ones first.
  const interval = MINUTE_MS / perMinute;
  const missing = Math.max(0, floor + 1 - tokens);
  const turn = isUrgent ? 0 : refused;
  return {
    bucket: { tokens, refused: refused + (isUrgent ? 0 : 1), at: now, pausedUntil },
    waitMs: Math.ceil(paused + Math.min(MINUTE_MS, interval * (missing + turn))),
  };
}

/** What is left after the vendor refused a request and asked to wait `ms`: it counts differently, so only the reserve is left, and one at least. */
export function pauseBucket(
  bucket: AllowanceBucket,
  allowance: VendorAllowance,
  ms: number,
  now: Instant,
): AllowanceBucket {
  const { tokens, refused, pausedUntil } = refill(bucket, allowance, now);
  return {
    tokens: Math.max(1, Math.min(tokens, allowance.burst * RESERVED)),
    refused,
    at: now,
    pausedUntil: Math.max(pausedUntil ?? 0, now + Math.min(ms, LONGEST_PAUSE_MS)),
  };
}

/** The bucket now. A clock that was set back gains nothing and ends a pause: else it could last as long as the step. */
function refill(
  { tokens, refused, at, pausedUntil }: AllowanceBucket,
  { perMinute, burst }: VendorAllowance,
  now: Instant,
): AllowanceBucket {
  // Nothing is gained while the vendor makes us wait.
  const gained = (Math.max(0, now - Math.max(at, pausedUntil ?? at)) / MINUTE_MS) * perMinute;
  const isOver = pausedUntil === null || pausedUntil <= now || now < at - STEP_MS;
  return {
    tokens: Math.min(burst, tokens + gained),
    refused: Math.max(0, refused - gained),
    at: now,
    pausedUntil: isOver ? null : pausedUntil,
  };
}
