import { createHash } from "node:crypto";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

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

export type LabelSet = Readonly<Record<string, string>>;

/** The instants of an alert in ms; `summary` is its annotation. */
export type AlertOptions = {
  readonly startsAt: Instant;
  readonly endsAt?: Instant;
  readonly summary?: string;
  readonly annotations?: LabelSet;
};

/** The same labels are the same alert. */
function fingerprint(labels: LabelSet): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest("hex")
    .slice(0, 16);
}

/** An alert as Alertmanager writes it; firing unless it has an end. */
export function alertOf(labels: LabelSet, { startsAt, endsAt, summary, annotations }: AlertOptions): AlertBody {
  const all = { alertname: "Down", ...labels };
  return {
    status: endsAt === undefined ? "firing" : "resolved",
    labels: all,
    annotations: { summary: summary ?? `${all.alertname} on ${labels["service"] ?? "something"}`, ...annotations },
    startsAt: formatIso(startsAt),
    endsAt: endsAt === undefined ? "0001-01-01T00:00:00Z" : formatIso(endsAt),
    generatorURL: "http://prom.example:9090/graph",
    fingerprint: fingerprint(all),
  };
}

/** A delivery of these alerts, grouped by the name of the first. */
export function deliveryOf(alerts: readonly AlertBody[], overrides: Partial<WebhookBody> = {}): WebhookBody {
  return aWebhookBody({
    groupKey: `{}:{alertname="${alerts[0]?.labels["alertname"] ?? ""}"}`,
    alerts: [...alerts],
    ...overrides,
  });
}
