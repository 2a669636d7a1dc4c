import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import type { AlertCounts } from "./incident.ts";

/** All that is stored of one alert, over all deliveries, receivers and Alertmanager peers: one row per (source, fingerprint). */
export type Alert = {
  readonly source: string;
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: AlertLabels;
  readonly annotations: AlertLabels;
  readonly generatorUrl: string;
  readonly priority: Priority;
  readonly priorityReason: string;
  /** Start of the present or the last stretch of firing: the latest reported one. */
  readonly startsAt: Instant;
  /** Earliest reported start. */
  readonly firstStartsAt: Instant;
  readonly endsAt: Instant | null;
  /** The start and the end of that stretch as its source reports them, where they cannot be true and the time of receipt counts; else null. */
  readonly reportedStartsAt: Instant | null;
  readonly reportedEndsAt: Instant | null;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  /** The latest applied delivery; observations of earlier ones are stale. */
  readonly seq: number;
  readonly repeats: number;
  readonly flaps: number;
  readonly incident: number | null;
  /** It fires and opens no incident until then, and why; both null when nothing holds it back. */
  readonly suppressedUntil: Instant | null;
  readonly suppressedBecause: string | null;
  readonly groupKeys: readonly string[];
  readonly receivers: readonly string[];
  readonly externalUrls: readonly string[];
  /** Its firing means that all is well (the policy's `watchdogs`); absent for every other alert. */
  readonly watchdog?: true;
};

/**
 * What a delivery changed about an alert.
 * fired: it was not firing, and now is, in a stretch of its own
 * refired: the stretch that we had as resolved is reported as firing again (an HA peer that lags, or news lost
 * upstream)
 * repeated: still firing · flapped: still firing, but it stopped and started in between
 * resolved: it was firing and has stopped
 * ignored: nothing to act on (`why` has the reason)
 */
export type AlertChange = {
  readonly alert: Alert;
  readonly wasKnown: boolean;
  /** Its earliest start, when that is reported only now, and the one that was the earliest so far. */
  readonly backdated?: { readonly from: Instant; readonly to: Instant };
  /** The lower priority that it had so far: it fires on, and another delivery gives it a higher one. */
  readonly roseFrom?: Priority;
} & (
  | { readonly kind: "fired" | "refired" | "repeated" | "flapped" | "resolved" }
  | {
      readonly kind: "ignored";
      readonly why: "unknown-resolve" | "already-resolved" | "overtaken" | "stale-resolve";
    }
);

/** Nothing holds it back. */
export const NOT_SUPPRESSED = { suppressedUntil: null, suppressedBecause: null } as const satisfies Partial<Alert>;

/** How many alerts these are, as an incident counts them. */
export function countAlerts(alerts: readonly Pick<Alert, "status" | "flaps">[]): AlertCounts {
  return {
    total: alerts.length,
    firing: alerts.filter(({ status }) => status === "firing").length,
    flaps: alerts.reduce((sum, { flaps }) => sum + flaps, 0),
  };
}

/** What its source writes about an alert beyond its summary; null: nothing. */
export function alertDescription(alert: {
  readonly labels: AlertLabels;
  readonly annotations: AlertLabels;
}): string | null {
  const text = labelValue(alert.annotations, "description") || labelValue(alert.annotations, "message");
  return text && text !== alertSummary(alert) ? text : null;
}

/** One line about an alert: its summary, else its name. */
export function alertSummary(alert: { readonly labels: AlertLabels; readonly annotations: AlertLabels }): string {
  return (
    labelValue(alert.annotations, "summary") ||
    labelValue(alert.annotations, "message") ||
    labelValue(alert.annotations, "description") ||
    labelValue(alert.labels, "alertname") ||
    "alert without a name"
  );
}
