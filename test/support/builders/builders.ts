import { NOT_SUPPRESSED, type Alert, type AlertChange } from "#domain/incident/alert.ts";
import type { AlertSighting } from "#domain/alerting/alert-sighting.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { AlertsChanged, Context } from "#domain/events/decision.ts";
import type { Delivery, AlertObservation, WebhookBody } from "#domain/values/delivery.ts";
import type { Event, Fact } from "#domain/events/event-registry.ts";
import {
  type AlertSnapshot,
  UNASSIGNED_ROLES,
  INCIDENT_DEFAULTS,
  type Incident,
  type Page,
} from "#domain/incident/incident.ts";
import type { Actor, Instant, Priority } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { PolicyFile } from "#domain/paging/policy-references.ts";
import { resolveRoute } from "#domain/alerting/routing.ts";
import type { Route } from "#domain/policy/route.ts";
import type { ClassifiedPriority } from "#domain/policy/severity.ts";

/** Builders of domain values: a good default for everything, and the one thing a test is about as an override. */

/** The minute in which the reference incident begins. */
export const NOW: Instant = Date.UTC(2026, 10, 21, 14, 32);
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const ALICE: Actor = { kind: "person", id: "U0ALICE01", name: "Alice" };
export const BOB: Actor = { kind: "person", id: "U0BOB0001", name: "Bob" };
export const ALERTMANAGER: Actor = { kind: "source", id: "alertmanager", name: "Alertmanager" };

/** A team of three with a ladder of two, and one service. */
export const STAFFED_POLICY = {
  people: {
    alice: { name: "Alice", slack: "U0ALICE01" },
    bob: { name: "Bob", slack: "U0BOB0001", email: "bob@example.com" },
    mia: { name: "Mia" },
    vic: {},
  },
  teams: {
    orders: { channel: "team-orders", members: ["alice", "bob"], oncall: ["alice"], escalation: [["mia"], ["vic"]] },
    payments: { oncall: ["bob"] },
  },
  services: {
    "order-service": {
      team: "orders",
      dashboards: [{ title: "Orders", url: "https://grafana.example/d/orders" }],
      runbook: "https://runbooks.example/orders",
    },
  },
};

export function aPolicy(file: unknown = {}): Policy {
  return PolicyFile.parse(file);
}

export type AlertBody = WebhookBody["alerts"][number];

/** One alert as Alertmanager writes it. */
export function anAlertBody(overrides: Partial<AlertBody> = {}): AlertBody {
  return {
    status: "firing",
    labels: { alertname: "HighLatency", service: "order-service", severity: "P2" },
    annotations: { summary: "p95 latency above 5 s" },
    startsAt: "2026-11-21T14:31:30.123456789Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prom.example:9090/graph?g0.expr=latency",
    fingerprint: "1dc767c101f5aee5",
    ...overrides,
  };
}

export function aWebhookBody(overrides: Partial<WebhookBody> = {}): WebhookBody {
  return {
    receiver: "muster",
    groupKey: '{}:{alertname="HighLatency"}',
    externalURL: "http://am-1.example:9093",
    truncatedAlerts: 0,
    alerts: [anAlertBody()],
    ...overrides,
  };
}

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

export function aRoute(overrides: Partial<Route> = {}): Route {
  return {
    ...resolveRoute({ policy: aPolicy(STAFFED_POLICY), overrides: [] }, { service: "order-service" }, NOW),
    ...overrides,
  };
}

/** An open P2 with one firing alert that nobody has acknowledged. */
export function anIncident(overrides: Partial<Incident> = {}): Incident {
  const priority: Priority = overrides.priority ?? "P2";
  return {
    number: 1,
    key: '["order-service","HighLatency"]',
    title: "order-service: p95 latency above 5 s",
    status: "triggered",
    priority,
    peak: priority,
    priorityReason: `label severity="${priority}"`,
    pinned: null,
    unmapped: false,
    plan: aPolicy().priorities[priority],
    route: aRoute(),
    drill: false,
    private: false,
    episode: 1,
    detectedAt: NOW - 30 * SECOND,
    openedAt: NOW,
    acknowledgedAt: null,
    acknowledgedBy: null,
    mitigatedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    closedAt: null,
    quietUntil: null,
    alerts: { total: 1, firing: 1, flaps: 0 },
    truncated: {},
    roles: UNASSIGNED_ROLES,
    channel: { id: "C0INC0001", name: "inc-1-order-service", url: "https://example.slack.com/archives/C0INC0001" },
    channelRequested: true,
    channelFailed: false,
    archived: false,
    pages: [],
    escalation: { step: 0, next: null },
    tickets: [],
    ticketRequested: false,
    links: {
      runbook: "https://runbooks.example/orders",
      dashboards: [{ title: "Orders", url: "https://grafana.example/d/orders" }],
      source: "http://prom.example:9090/graph?g0.expr=latency",
    },
    ...INCIDENT_DEFAULTS,
    lastEvent: 5,
    ...overrides,
  };
}

export function aPage(overrides: Partial<Page> = {}): Page {
  return {
    key: "INC-1:1:P2:0",
    to: "Alice",
    priority: "P2",
    via: "pagerduty",
    requestedAt: NOW,
    sentAt: NOW,
    acknowledgedAt: null,
    status: "sent",
    ...overrides,
  };
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

/** A message that somebody marked for the timeline. */
export function aMessage(overrides: Partial<ImportedMessage> = {}): ImportedMessage {
  return {
    id: "1.0",
    author: { id: BOB.id, name: "Bob" },
    text: "connection pool exhausted",
    at: NOW,
    permalink: "https://example.slack.com/archives/C0INC0001/p10",
    files: [],
    ...overrides,
  };
}

/** The fact that opens INC-1. */
export function openedFact(overrides: Partial<Extract<Fact, { type: "incident.opened" }>["data"]> = {}): Fact {
  const { number, key, title, priority, priorityReason, unmapped, plan, route, drill, detectedAt, links, ...rest } =
    anIncident(overrides.priority === undefined ? {} : { priority: overrides.priority });
  return {
    type: "incident.opened",
    data: {
      number,
      key,
      title,
      priority,
      priorityReason,
      unmapped,
      plan,
      route,
      drill,
      private: rest.private,
      detectedAt,
      links,
      ...overrides,
    },
  };
}

export type EventOverrides = Partial<Pick<Event, "seq" | "at" | "recordedAt" | "actor" | "evidence">>;

export function anEvent(fact: Fact, overrides: EventOverrides = {}): Event {
  return {
    ...fact,
    seq: 1,
    at: NOW,
    recordedAt: NOW,
    actor: ALICE,
    evidence: { command: "command 1", permalink: null },
    ...overrides,
  };
}

export function aContext(overrides: Partial<Context> = {}): Context {
  return { now: NOW, actor: ALICE, policy: aPolicy(STAFFED_POLICY), ...overrides };
}
