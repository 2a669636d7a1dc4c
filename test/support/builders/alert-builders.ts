import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import type { AlertSighting } from "#domain/alerting/alert-sighting.ts";
import type { AlertsChanged } from "#domain/events/decision.ts";
import type { AlertSnapshot } from "#domain/incident/incident.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";
import type { AlertObservation, Delivery } from "#domain/deliveries/delivery.ts";
import { NOW, SECOND } from "./instants.ts";

/** Builders of alerts as the core has them: a good default for everything, and the one thing a test is about. */

export function anObservation(overrides: Partial<AlertObservation> = {}): AlertObservation {
  return {
    fingerprint: "1dc767c101f5aee5",
    status: "firing",
    labels: { alertname: "HighLatency", service: "order-service", severity: "P2" },
    annotations: { summary: "p95 latency above 5 s" },
    startsAt: NOW - 30 * SECOND,
    endsAt: null,
    generatorUrl: "http://prom.example:9090/graph?g0.expr=latency",
    ...overrides,
  };
}

export function aDelivery(overrides: Partial<Delivery> = {}): Delivery {
  return {
    receiver: "muster",
    groupKey: '{}:{alertname="HighLatency"}',
    externalUrl: "http://am-1.example:9093",
    truncated: 0,
    alerts: [anObservation()],
    ...overrides,
  };
}

export function aSighting(overrides: Partial<AlertSighting> = {}): AlertSighting {
  return { source: "alertmanager", delivery: aDelivery(), seq: 2, receivedAt: NOW, ...overrides };
}

export function aClassified(overrides: Partial<ClassifiedPriority> = {}): ClassifiedPriority {
  return { priority: "P2", reason: 'label severity="P2"', unmapped: false, ...overrides };
}

/** An alert that fires and belongs to INC-1. */
export function anAlert(overrides: Partial<Alert> = {}): Alert {
  const { fingerprint, status, labels, annotations, startsAt, endsAt, generatorUrl } = anObservation();
  return {
    source: "alertmanager",
    fingerprint,
    status,
    labels,
    annotations,
    generatorUrl,
    startsAt,
    endsAt,
    reportedStartsAt: null,
    reportedEndsAt: null,
    priority: "P2",
    priorityReason: 'label severity="P2"',
    firstStartsAt: startsAt,
    firstSeenAt: NOW,
    lastSeenAt: NOW,
    seq: 1,
    repeats: 0,
    flaps: 0,
    incident: 1,
    ...NOT_SUPPRESSED,
    groupKeys: ['{}:{alertname="HighLatency"}'],
    receivers: ["muster"],
    externalUrls: ["http://am-1.example:9093"],
    ...overrides,
  };
}

/** What became of an alert; one that fires for the first time belongs to no incident yet. */
export function aChange(kind: Exclude<AlertChange["kind"], "ignored">, overrides: Partial<Alert> = {}): AlertChange {
  const resolved = kind === "resolved" ? ({ status: "resolved", endsAt: NOW } as const) : {};
  return {
    kind,
    wasKnown: kind !== "fired",
    alert: anAlert({ ...(kind === "fired" ? { incident: null } : {}), ...resolved, ...overrides }),
  };
}

export function alertsChanged(changes: readonly AlertChange[], overrides: Partial<AlertsChanged> = {}): AlertsChanged {
  return { type: "alerts.changed", changes, group: "muster {}", hidden: 0, ...overrides };
}

export function aNote(overrides: Partial<AlertSnapshot> = {}): AlertSnapshot {
  return {
    source: "alertmanager",
    fingerprint: "1dc767c101f5aee5",
    summary: "p95 latency above 5 s",
    priority: "P2",
    startsAt: NOW - 30 * SECOND,
    endsAt: null,
    ...overrides,
  };
}
