import type { Alert } from "#domain/incident/alert.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";

/** One alert in a monitoring system's list of what fires. */
export type FiringAlert = {
  readonly startsAt: Instant;
  /** Its sender does not notify anyone about it now: silenced, inhibited, or not looked at yet. */
  readonly suppressed: boolean;
};

/** What a monitoring system answers when it is asked what fires. */
export type SourceAnswer = {
  /** When the process that answered was started. */
  readonly upSince: Instant;
  /** By fingerprint. */
  readonly firing: ReadonlyMap<string, FiringAlert>;
  /** The names of it and its peers; absent when it has none. */
  readonly peers?: readonly string[];
};

/** An alert that its source is asked about, and since when the source has not listed it; null: it was listed when last asked, or received since. */
export type PolledAlert = Alert & { readonly missingSince: Instant | null };

/**
 * How long a monitoring system must have been up before an alert that it does not list counts as absent, in ms.
 * Alertmanager keeps silences over a restart but no alerts: it gets them back when Prometheus repeats them, every
 * minute (--rules.alert.resend-delay) or every evaluation when those are rarer, and notifies us within a group_interval
 * (five minutes by default). Until then an empty list means nothing.
 */
export const SOURCE_WARM_UP_MS = 5 * MINUTE_MS;

/**
 * How far apart two answers without an alert must be before it has ended, in ms: one may be given at a bad moment (by a
 * peer that lags, or while Prometheus restarts), and a group_interval later it would be right again.
 */
export const ABSENCE_CONFIRMED_MS = 5 * MINUTE_MS;

/**
 * What one answer means for an alert that fires as far as we know.
 * listed: it still fires
 * missing: it is absent, which is not enough yet
 * ended: it is absent, as it was ABSENCE_CONFIRMED_MS ago
 * unknown: it is absent, but the system that answered has not been up for long enough
 */
export function judgeAnswer(
  alert: PolledAlert,
  answer: SourceAnswer,
  now: Instant,
): "listed" | "missing" | "ended" | "unknown" {
  if (answer.firing.has(alert.fingerprint)) return "listed";
  if (now - answer.upSince <= SOURCE_WARM_UP_MS) return "unknown";
  return alert.missingSince !== null && now - alert.missingSince >= ABSENCE_CONFIRMED_MS ? "ended" : "missing";
}

/**
 * The start to report when an alert that was ended by polling is listed as firing; null when there is nothing to
 * report. A stretch that began before that end never ended: the known start undoes the end quietly. A stretch that
 * began after is reported as new, unless it is suppressed: we must not circumvent a silence that someone set.
 */
export function firingAgainSince(alert: Alert, answer: SourceAnswer): Instant | null {
  const listed = answer.firing.get(alert.fingerprint);
  if (listed === undefined) return null;
  if (listed.startsAt <= (alert.endsAt ?? alert.lastSeenAt)) return alert.startsAt;
  return listed.suppressed ? null : listed.startsAt;
}
