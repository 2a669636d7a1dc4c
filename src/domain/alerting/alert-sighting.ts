import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import type { AlertObservation, Delivery } from "#domain/values/delivery.ts";
import type { Instant } from "#domain/values/language.ts";

export type AlertSighting = {
  readonly source: string;
  readonly delivery: Delivery;
  readonly seq: number;
  readonly receivedAt: Instant;
};

/** Bounds the stored receivers and group keys of one alert. */
const REMEMBERED = 10;

/**
 * What one observation makes of an alert. The rules are those of a receiver that is told things at least once,
 * in any order, by several peers (docs/alertmanager.md lists them with their sources).
 */
export function observeAlert(
  known: Alert | null,
  seen: AlertObservation,
  at: AlertSighting,
  classified: ClassifiedPriority,
): AlertChange {
  if (known === null) return first(seen, at, classified);
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
    firstStartsAt: Math.min(known.firstStartsAt, seen.startsAt),
  };

  if (seen.status === "resolved") {
    if (known.status === "resolved")
      return { kind: "ignored", why: "already-resolved", wasKnown, alert: { ...updated, startsAt: known.startsAt } };
    // A stale peer may report the end of an earlier stretch while the next one fires.
    // A start in the future says nothing: some clock is wrong, or someone told Alertmanager of an end only (amtool --end).
    if (seen.endsAt !== null && seen.endsAt < known.startsAt && known.startsAt <= at.receivedAt)
      return { kind: "ignored", why: "stale-resolve", wasKnown, alert: { ...updated, status: "firing" } };
    const endsAt = seen.endsAt ?? at.receivedAt;
    return {
      kind: "resolved",
      wasKnown,
      alert: { ...updated, ...NOT_SUPPRESSED, status: "resolved", startsAt: Math.min(known.startsAt, endsAt), endsAt },
    };
  }

  if (known.status === "firing") {
    // A start may move earlier when Alertmanager merges two Prometheus replicas; only a later one is a flap. The latest
    // start is the one kept: by it the next merge is no flap, and the end of an earlier stretch, told late, is stale.
    if (seen.startsAt > known.startsAt)
      return { kind: "flapped", wasKnown, alert: { ...updated, startsAt: seen.startsAt, flaps: known.flaps + 1 } };
    // Held back so far: whether it still is, is asked again.
    const kind = known.suppressedUntil === null ? "repeated" : known.incident === null ? "fired" : "flapped";
    return { kind, wasKnown, alert: { ...updated, repeats: known.repeats + 1 } };
  }
  const again = seen.startsAt > known.startsAt;
  const firing: Alert = {
    ...updated,
    status: "firing",
    endsAt: null,
    startsAt: Math.max(seen.startsAt, known.startsAt),
  };
  // A resolve of something never received as firing has no earlier stretch worth guarding against.
  if (known.incident === null) return { kind: "fired", wasKnown, alert: firing };
  return { kind: again ? "fired" : "refired", wasKnown, alert: firing };
}

function first(seen: AlertObservation, at: AlertSighting, classified: ClassifiedPriority): AlertChange {
  const alert: Alert = {
    source: at.source,
    fingerprint: seen.fingerprint,
    status: seen.status,
    labels: seen.labels,
    annotations: seen.annotations,
    generatorUrl: seen.generatorUrl,
    priority: classified.priority,
    priorityReason: classified.reason,
    startsAt: seen.startsAt,
    firstStartsAt: seen.startsAt,
    endsAt: seen.endsAt,
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
  return seen.status === "firing"
    ? { kind: "fired", alert: { ...alert, endsAt: null }, wasKnown: false }
    : { kind: "ignored", why: "unknown-resolve", alert, wasKnown: false };
}

function remember(list: readonly string[], value: string): readonly string[] {
  return value === "" || list.includes(value) ? list : [...list, value].slice(-REMEMBERED);
}
