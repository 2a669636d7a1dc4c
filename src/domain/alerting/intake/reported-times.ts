import type { Alert } from "#domain/incident/alert.ts";
import type { AlertObservation } from "#domain/deliveries/delivery.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { isUnsetYear } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/** How long before its receipt a time may lie, in ms. What is older is unset, or of a clock that was never set. */
const BELIEVED_MS = 30 * DAY_MS;

/** A time as it counts, and the one that was reported when that is another. */
export type BelievedTime = { readonly at: Instant; readonly reported: Instant | null };

/** A reported time cannot be true when it lies after its receipt or long before it: then the receipt counts. */
export function believeTime(reported: Instant, receivedAt: Instant): BelievedTime {
  return reported <= receivedAt && reported >= receivedAt - BELIEVED_MS
    ? { at: reported, reported: null }
    : { at: receivedAt, reported };
}

/** The start of an observation, and whether that is a stretch after the one that is known. */
export type ObservedStart = {
  readonly at: Instant;
  readonly reported: Instant | null;
  readonly isLater: boolean;
};

/**
 * The start of a known alert after an observation. Within one stretch the start stays as it is: a time that cannot be
 * true counts as the receipt once, and not again with each repeat. Starts are compared as they were reported, so that a
 * clock which is ahead begins no new stretch when the time that it reported has come.
 */
export function observeStart(known: Alert, seen: AlertObservation, receivedAt: Instant): ObservedStart {
  const { at, reported } = believeTime(seen.startsAt, receivedAt);
  const knownReported = known.reportedStartsAt ?? known.startsAt;
  const isResolved = known.status === "resolved";
  if (reported !== null && isUnsetYear(reported)) {
    // Without a start, the stretch is unknown: an alert that fires after its end fires again.
    return isResolved
      ? { at, reported, isLater: true }
      : { at: known.startsAt, reported: known.reportedStartsAt, isLater: false };
  }
  // A start that was believed and lies ahead is of before the clock was set back; what starts now is another stretch.
  const isOfLaterClock = known.reportedStartsAt === null && known.startsAt > receivedAt;
  if (isResolved && reported === null && isOfLaterClock) return { at, reported, isLater: true };
  const isLaterAsReported = seen.startsAt > knownReported;
  const isAfterEnd = isResolved && reported === null && known.endsAt !== null && at > known.endsAt;
  if (at > known.startsAt && (isLaterAsReported || isAfterEnd)) return { at, reported, isLater: true };
  // The truth about a start that was the receipt so far.
  if (reported === null && known.reportedStartsAt !== null && at < known.startsAt)
    return { at, reported: null, isLater: false };
  return { at: known.startsAt, reported: known.reportedStartsAt, isLater: false };
}

/** Whether the reported end of an alert which fires is that of a stretch before the present one. */
export function isEarlierEnd(known: Alert, endsAt: Instant | null, receivedAt: Instant): boolean {
  // A start in the future proves nothing: an earlier version has stored it as it was reported.
  if (endsAt === null || known.startsAt > receivedAt) return false;
  return endsAt < Math.min(known.startsAt, known.reportedStartsAt ?? known.startsAt);
}

/** The end of a stretch: never before its start, nor when it cannot be true. No end: it ends now. */
export function believeEnd(endsAt: Instant | null, receivedAt: Instant): BelievedTime {
  return endsAt === null ? { at: receivedAt, reported: null } : believeTime(endsAt, receivedAt);
}
