import { labelValue, type Delivery, type AlertLabels, type AlertObservation } from "#domain/values/delivery.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";

/** What we know of one alert, over all deliveries, receivers and Alertmanager peers: one row per (source, fingerprint). */
export type Alert = {
  readonly source: string;
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: AlertLabels;
  readonly annotations: AlertLabels;
  readonly generatorUrl: string;
  readonly priority: Priority;
  readonly priorityReason: string;
  /** Start of the present stretch of firing (or of the last one): the latest that was told. */
  readonly startsAt: Instant;
  /** Earliest start ever told. */
  readonly firstStartsAt: Instant;
  readonly endsAt: Instant | null;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  /** The delivery that this row speaks for; what an earlier delivery says of this alert is old news. */
  readonly seq: number;
  readonly repeats: number;
  readonly flaps: number;
  readonly incident: number | null;
  /** It fires and opens no incident until then, and why; both null when nothing holds it back. */
  readonly mutedUntil: Instant | null;
  readonly mutedWhy: string | null;
  readonly groupKeys: readonly string[];
  readonly receivers: readonly string[];
  readonly externalUrls: readonly string[];
};

/**
 * What a delivery changed about an alert.
 * fired: it was not firing, and now is, in a stretch of its own
 * refired: it says again that the stretch we know as resolved is firing (an HA peer that lags, or news lost upstream)
 * repeated: still firing · flapped: still firing, but it stopped and started in between
 * resolved: it was firing and is no more
 * ignored: nothing to act on (`why` says so)
 */
export type AlertChange =
  | {
      readonly kind: "fired" | "refired" | "repeated" | "flapped" | "resolved";
      readonly alert: Alert;
      readonly wasKnown: boolean;
    }
  | {
      readonly kind: "ignored";
      readonly alert: Alert;
      readonly wasKnown: boolean;
      readonly why: "unknown-resolve" | "already-resolved" | "overtaken" | "stale-resolve";
    };

export type AlertSighting = {
  readonly source: string;
  readonly delivery: Delivery;
  readonly seq: number;
  readonly receivedAt: Instant;
};

/** Nothing holds it back. */
export const NOT_SUPPRESSED = { mutedUntil: null, mutedWhy: null } as const satisfies Partial<Alert>;

/** Bounds what one alert remembers of who told us about it. */
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

  const told: Alert = {
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
      return { kind: "ignored", why: "already-resolved", wasKnown, alert: { ...told, startsAt: known.startsAt } };
    // A peer that lags may tell of the end of a stretch that is over while the next one fires.
    // A start in the future says nothing: some clock is wrong, or somebody told Alertmanager of an end only (amtool --end).
    if (seen.endsAt !== null && seen.endsAt < known.startsAt && known.startsAt <= at.receivedAt)
      return { kind: "ignored", why: "stale-resolve", wasKnown, alert: { ...told, status: "firing" } };
    const endsAt = seen.endsAt ?? at.receivedAt;
    return {
      kind: "resolved",
      wasKnown,
      alert: { ...told, ...NOT_SUPPRESSED, status: "resolved", startsAt: Math.min(known.startsAt, endsAt), endsAt },
    };
  }

  if (known.status === "firing") {
    // A start may move earlier when Alertmanager merges two Prometheus replicas; only a later one is a flap. The latest
    // start is the one kept: by it the next merge is no flap, and the end of an earlier stretch, told late, is stale.
    if (seen.startsAt > known.startsAt)
      return { kind: "flapped", wasKnown, alert: { ...told, startsAt: seen.startsAt, flaps: known.flaps + 1 } };
    // Held back so far: whether it still is, is asked anew.
    const kind = known.mutedUntil === null ? "repeated" : known.incident === null ? "fired" : "flapped";
    return { kind, wasKnown, alert: { ...told, repeats: known.repeats + 1 } };
  }
  const again = seen.startsAt > known.startsAt;
  const firing: Alert = { ...told, status: "firing", endsAt: null, startsAt: Math.max(seen.startsAt, known.startsAt) };
  // A resolve of something never heard firing tells of no earlier stretch worth guarding against.
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

/** One line that says what an alert is about: its summary, else its name. */
export function alertSummary(alert: { readonly labels: AlertLabels; readonly annotations: AlertLabels }): string {
  return (
    labelValue(alert.annotations, "summary") ||
    labelValue(alert.annotations, "message") ||
    labelValue(alert.annotations, "description") ||
    labelValue(alert.labels, "alertname") ||
    "alert without a name"
  );
}
