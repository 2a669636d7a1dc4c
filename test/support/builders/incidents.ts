import { resolveRoute } from "#domain/alerting/routing.ts";
import { UNANSWERED_ESCALATION, type EscalationState } from "#domain/incident/escalation-state.ts";
import { INCIDENT_DEFAULTS, UNASSIGNED_ROLES, type Incident, type Page } from "#domain/incident/incident.ts";
import type { Route } from "#domain/policy/route.ts";
import type { Priority } from "#domain/values/language.ts";
import { NOW, SECOND } from "./instants.ts";
import { aPolicy, STAFFED_POLICY } from "./policies.ts";

/** Builders of incidents: a good default for everything, and the one thing a test is about. */

export function aRoute(overrides: Partial<Route> = {}): Route {
  return {
    ...resolveRoute({ policy: aPolicy(STAFFED_POLICY), overrides: [] }, { service: "order-service" }, NOW),
    ...overrides,
  };
}

/** An open P2 with one firing alert that no one has acknowledged. */
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

/** An escalation that has not begun, but for what is given. */
export function anEscalation(overrides: Partial<EscalationState> = {}): EscalationState {
  return { ...UNANSWERED_ESCALATION, ...overrides };
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
