import { isUnsetInstant, parseInstant } from "./instant.ts";
import type { Instant } from "./language.ts";

/**
 * One webhook request of Alertmanager (protocol "4") or of a sender that speaks like it (some send "1").
 * Fields as in prometheus/alertmanager notify/webhook and template/template.go.
 */
export type Delivery = {
  readonly receiver: string;
  readonly groupKey: string;
  readonly externalUrl: string;
  /** Members that the sender left out: then neither the status nor the list speaks for the group. */
  readonly truncated: number;
  readonly alerts: readonly AlertObservation[];
};

/** One alert as one delivery saw it. */
export type AlertObservation = {
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: AlertLabels;
  readonly annotations: AlertLabels;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly generatorUrl: string;
};

/**
 * Label names are anyone's text (`__proto__`, `constructor`), so never read one with a dot or a bracket:
 * use `label`, which sees only what the sender sent.
 */
export type AlertLabels = Readonly<Record<string, string>>;

/** The value of a label; "" when it is absent, as Alertmanager's matchers see it. */
export function labelValue(labels: AlertLabels, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name]! : "";
}

/** A body that passed `checkWebhook`. */
export type WebhookBody = {
  receiver?: string;
  groupKey?: string;
  externalURL?: string;
  truncatedAlerts?: number;
  alerts: {
    fingerprint: string;
    status: "firing" | "resolved";
    labels: AlertLabels;
    annotations?: AlertLabels | null;
    startsAt: string;
    endsAt?: string;
    generatorURL?: string;
  }[];
};

/**
 * What is wrong with a webhook body, naming the field, or null when it is good.
 * Written by hand because it stands in the hottest path and because schema libraries rebuild objects,
 * which loses a label called `__proto__`. Unknown fields are welcome: senders add some every year.
 */
export function checkWebhook(body: unknown): string | null {
  if (!isObject(body)) return "body: expected a JSON object as Alertmanager sends it";
  for (const name of ["receiver", "groupKey", "externalURL"])
    if (body[name] !== undefined && typeof body[name] !== "string") return `${name}: expected a string`;
  const truncated = body["truncatedAlerts"];
  if (truncated !== undefined && !(Number.isSafeInteger(truncated) && (truncated as number) >= 0))
    return "truncatedAlerts: expected a whole number of 0 or more";
  const alerts = body["alerts"];
  if (!Array.isArray(alerts)) return "alerts: expected a list of alerts";
  for (let i = 0; i < alerts.length; i++) {
    const wrong = checkAlert(alerts[i]);
    if (wrong !== null) return `alerts[${i}].${wrong}`;
  }
  return null;
}

function checkAlert(alert: unknown): string | null {
  if (!isObject(alert)) return "alert: expected an object";
  if (alert["status"] !== "firing" && alert["status"] !== "resolved") return 'status: expected "firing" or "resolved"';
  const fingerprint = alert["fingerprint"];
  if (typeof fingerprint !== "string" || !/^[\x21-\x7e]{1,200}$/.test(fingerprint))
    return "fingerprint: expected 1 to 200 visible ASCII characters";
  const labels = checkLabels(alert["labels"]);
  if (labels !== null) return `labels${labels}`;
  if (alert["annotations"] !== undefined && alert["annotations"] !== null) {
    const annotations = checkLabels(alert["annotations"]);
    if (annotations !== null) return `annotations${annotations}`;
  }
  const startsAt = alert["startsAt"];
  if (typeof startsAt !== "string" || parseInstant(startsAt) === null)
    return "startsAt: expected an RFC 3339 time such as 2026-11-21T14:32:00Z";
  const endsAt = alert["endsAt"];
  if (
    endsAt !== undefined &&
    (typeof endsAt !== "string" || (!isUnsetInstant(endsAt) && parseInstant(endsAt) === null))
  )
    return "endsAt: expected an RFC 3339 time, or 0001-01-01T00:00:00Z while the alert fires";
  if (alert["generatorURL"] !== undefined && typeof alert["generatorURL"] !== "string")
    return "generatorURL: expected a string";
  return null;
}

function checkLabels(labels: unknown): string | null {
  if (!isObject(labels)) return ": expected an object of strings";
  for (const name of Object.keys(labels))
    if (typeof labels[name] !== "string") return `[${JSON.stringify(name)}]: expected a string`;
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The domain's view of a checked body: year-1 times are null, the receiver's name is as its owner wrote it. */
export function toDelivery(body: WebhookBody): Delivery {
  return {
    receiver: unquoteReceiver(body.receiver ?? ""),
    groupKey: body.groupKey ?? "",
    externalUrl: body.externalURL ?? "",
    truncated: body.truncatedAlerts ?? 0,
    alerts: body.alerts.map((alert) => ({
      fingerprint: alert.fingerprint,
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations ?? {},
      startsAt: parseInstant(alert.startsAt) ?? 0,
      endsAt: alert.endsAt === undefined || isUnsetInstant(alert.endsAt) ? null : parseInstant(alert.endsAt),
      generatorUrl: alert.generatorURL ?? "",
    })),
  };
}

/** Alertmanager sends the receiver through Go's regexp.QuoteMeta: `team\.db\+oncall` is "team.db+oncall". */
function unquoteReceiver(receiver: string): string {
  return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, "$1");
}
