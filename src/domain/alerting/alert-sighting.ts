import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import {
  believeEnd,
  believeTime,
  isEarlierEnd,
  observeStart,
  type ObservedStart,
} from "#domain/alerting/intake/reported-times.ts";
import type { AlertObservation, Delivery } from "#domain/deliveries/delivery.ts";
import { isHigherPriority, type Instant } from "#domain/values/language.ts";

export type AlertSighting = {
  readonly source: string;
  readonly delivery: Delivery;
  readonly seq: number;
  readonly receivedAt: Instant;
};

/** Bounds the stored receivers and group keys of one alert. */
const REMEMBERED = 10;

/**
 * What one observation makes of an alert. The rules are those of a receiver that gets each message at least once, in
 * any order, from several peers (docs/alertmanager.md lists them with their sources).
 */
export function observeAlert(
  known: Alert | null,
  seen: AlertObservation,
  at: AlertSighting,
  classified: ClassifiedPriority,
): AlertChange {
  if (known === null) return first(seen, at, classified);
  const change = withRise(known, observeKnown(known, seen, at, classified));
  const [from, to] = [known.firstStartsAt, change.alert.firstStartsAt];
  return to < from ? { ...change, backdated: { from, to } } : change;
}

function withRise(known: Alert, change: AlertChange): AlertChange {
  const firesOn = known.status === "firing" && change.alert.status === "firing";
  return firesOn && isHigherPriority(change.alert.priority, known.priority)
    ? { ...change, roseFrom: known.priority }
    : change;
}

function observeKnown(
  known: Alert,
  seen: AlertObservation,
  at: AlertSighting,
  classified: ClassifiedPriority,
): AlertChange {
  const wasKnown = true;
  if (at.seq < known.seq)
    return { kind: "ignored", why: "overtaken", wasKnown, alert: { ...known, repeats: known.repeats + 1 } };

  const updated: Alert = {
    ...known,
    labels: seen.labels,
    annotations: seen.annotations,
    generatorUrl: seen.generatorUrl,
    priority: classified.priority,
    priorityReason: classified.reason,
    lastSeenAt: at.receivedAt,
    seq: at.seq,
    groupKeys: remember(known.groupKeys, at.delivery.groupKey),
    receivers: remember(known.receivers, at.delivery.receiver),
    externalUrls: remember(known.externalUrls, at.delivery.externalUrl),
    firstStartsAt: Math.min(known.firstStartsAt, believeTime(seen.startsAt, at.receivedAt).at),
  };

  if (seen.status === "resolved") return observeEnd(known, seen, at, updated);
  return observeFiring(known, updated, observeStart(known, seen, at.receivedAt), at.delivery.externalUrl);
}

/** What a report of its end makes of an alert; `updated`: the alert with everything else in the report. */
function observeEnd(known: Alert, seen: AlertObservation, at: AlertSighting, updated: Alert): AlertChange {
  const wasKnown = true;
  if (known.status === "resolved")
    return { kind: "ignored", why: "already-resolved", wasKnown, alert: { ...updated, startsAt: known.startsAt } };
  // A stale peer may report the end of an earlier stretch while the next one fires.
  if (isEarlierEnd(known, seen.endsAt, at.receivedAt))
    return { kind: "ignored", why: "stale-resolve", wasKnown, alert: { ...updated, status: "firing" } };
  const { at: endsAt, reported: reportedEndsAt } = believeEnd(seen.endsAt, at.receivedAt);
  const startsAt = Math.min(known.startsAt, endsAt);
  return {
    kind: "resolved",
    wasKnown,
    alert: { ...updated, ...NOT_SUPPRESSED, status: "resolved", startsAt, endsAt, reportedEndsAt },
  };
}

/** The same of a report that it fires. `sender`: the external URL of who reports it. */
function observeFiring(known: Alert, updated: Alert, start: ObservedStart, sender: string): AlertChange {
  const wasKnown = true;
  if (known.status === "firing") {
    // A start may move earlier when Alertmanager merges two Prometheus replicas; only a later one is a flap. The latest
    // start is the one kept: it keeps the next merge from being a flap, and makes a late end of an earlier stretch
    // stale.
    if (start.isLater)
      return {
        kind: "flapped",
        wasKnown,
        alert: { ...updated, startsAt: start.at, reportedStartsAt: start.reported, flaps: known.flaps + 1 },
      };
    // In no incident, or held back so far, or a watchdog: whether it still is, is asked again.
    const kind = known.incident === null ? "fired" : known.suppressedUntil === null ? "repeated" : "flapped";
    return {
      kind,
      wasKnown,
      alert: { ...updated, startsAt: start.at, reportedStartsAt: start.reported, repeats: known.repeats + 1 },
    };
  }
  const firing: Alert = {
    ...updated,
    // The sender of an earlier stretch is no evidence for this one. An observation without a sender is Muster's own.
    ...(start.isLater && sender !== "" ? { externalUrls: [sender] } : {}),
    status: "firing",
    endsAt: null,
    reportedEndsAt: null,
    startsAt: Math.max(start.at, known.startsAt),
    reportedStartsAt: start.reported,
  };
  // A resolve of something never received as firing has no earlier stretch worth guarding against.
  if (known.incident === null) return { kind: "fired", wasKnown, alert: firing };
  return { kind: start.isLater ? "fired" : "refired", wasKnown, alert: firing };
}

function first(seen: AlertObservation, at: AlertSighting, classified: ClassifiedPriority): AlertChange {
  const { at: startsAt, reported: reportedStartsAt } = believeTime(seen.startsAt, at.receivedAt);
  const { at: endsAt, reported: reportedEndsAt } = believeEnd(seen.endsAt, at.receivedAt);
  const isFiring = seen.status === "firing";
  const alert: Alert = {
    source: at.source,
    fingerprint: seen.fingerprint,
    status: seen.status,
    labels: seen.labels,
    annotations: seen.annotations,
    generatorUrl: seen.generatorUrl,
    priority: classified.priority,
    priorityReason: classified.reason,
    startsAt: isFiring ? startsAt : Math.min(startsAt, endsAt),
    firstStartsAt: startsAt,
    endsAt: isFiring ? null : endsAt,
    reportedStartsAt,
    reportedEndsAt: isFiring ? null : reportedEndsAt,
    firstSeenAt: at.receivedAt,
    lastSeenAt: at.receivedAt,
    seq: at.seq,
    repeats: 0,
    flaps: 0,
    incident: null,
    ...NOT_SUPPRESSED,
    groupKeys: remember([], at.delivery.groupKey),
    receivers: remember([], at.delivery.receiver),
    externalUrls: remember([], at.delivery.externalUrl),
  };
  return isFiring
    ? { kind: "fired", alert, wasKnown: false }
    : { kind: "ignored", why: "unknown-resolve", alert, wasKnown: false };
}

function remember(list: readonly string[], value: string): readonly string[] {
  return value === "" || list.includes(value) ? list : [...list, value].slice(-REMEMBERED);
}
