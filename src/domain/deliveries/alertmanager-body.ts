import { isUnsetInstant, parseInstant, UNSET_INSTANT } from "#domain/values/instant.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Delivery, RefusedPart, SalvagedBody } from "./delivery.ts";
import { labelFingerprint } from "./label-fingerprint.ts";

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
  // Labels first: a fingerprint that is absent is made of them, so it is never what is wrong with such an alert.
  const labels = checkLabels(alert["labels"]);
  if (labels !== null) return `labels${labels}`;
  const fingerprint = alert["fingerprint"];
  if (typeof fingerprint !== "string" || !/^[\x21-\x7e]{1,200}$/.test(fingerprint))
    return "fingerprint: expected 1 to 200 visible ASCII characters";
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

/**
 * The good part of a body that `checkWebhook` refuses, alert by alert. null and "" count as absent; an alert without a
 * fingerprint gets the one that Alertmanager would give it, one without a start has the start that means "unset".
 * A field beside the alerts that has the wrong type is left out. null when there is no list of alerts: nothing is usable.
 */
export function salvageWebhook(body: unknown): SalvagedBody | null {
  if (!isObject(body) || !Array.isArray(body["alerts"])) return null;
  const { alerts, ...beside } = withoutNulls(body);
  const refused: RefusedPart[] = [];
  const envelope: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(beside)) {
    const wrong = checkWebhook(withField({ alerts: [] }, name, value));
    if (wrong === null) setField(envelope, name, value);
    else refused.push(refusedPart(null, wrong, value));
  }
  const good: unknown[] = [];
  (alerts as readonly unknown[]).forEach((sent, index) => {
    const alert = isObject(sent) ? repairAlert(sent) : sent;
    const wrong = checkAlert(alert);
    if (wrong === null) good.push(alert);
    else refused.push(refusedPart(index, wrong, sent));
  });
  return { body: withField(envelope, "alerts", good), refused };
}

function refusedPart(index: number | null, wrong: string, value: unknown): RefusedPart {
  // A label's name may hold anything, so the reason is looked for from the end.
  const at = wrong.lastIndexOf(": expected ");
  return { index, field: wrong.slice(0, at), reason: wrong.slice(at + 2), value };
}

function repairAlert(sent: Record<string, unknown>): Record<string, unknown> {
  const alert = withoutNulls(sent);
  for (const name of ["labels", "annotations"]) if (isObject(alert[name])) alert[name] = withoutNulls(alert[name]);
  for (const name of ["fingerprint", "startsAt", "endsAt"]) if (alert[name] === "") delete alert[name];
  alert["startsAt"] ??= UNSET_INSTANT;
  if (alert["fingerprint"] === undefined && checkLabels(alert["labels"]) === null)
    alert["fingerprint"] = labelFingerprint(alert["labels"] as AlertLabels);
  return alert;
}

/** A copy without the fields that are null. Fields are defined and not assigned: one may be called `__proto__`. */
function withoutNulls(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function withField(object: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([...Object.entries(object), [name, value]]);
}

function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** More alerts than any sender has; what is stored of a count has 31 bits. */
const MOST_ALERTS = 1_000_000_000;

/** The domain's view of a checked body: year-1 times are null, the receiver's name is as its owner wrote it. */
export function toDelivery(body: WebhookBody): Delivery {
  const shared = sharedFingerprints(body.alerts);
  return {
    receiver: unquoteReceiver(body.receiver ?? ""),
    groupKey: body.groupKey ?? "",
    externalUrl: body.externalURL ?? "",
    truncated: Math.min(body.truncatedAlerts ?? 0, MOST_ALERTS),
    alerts: body.alerts.map((alert) => ({
      fingerprint: shared.has(alert.fingerprint) ? labelFingerprint(alert.labels) : alert.fingerprint,
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations ?? {},
      startsAt: parseInstant(alert.startsAt) ?? 0,
      endsAt: alert.endsAt === undefined || isUnsetInstant(alert.endsAt) ? null : parseInstant(alert.endsAt),
      generatorUrl: alert.generatorURL ?? "",
    })),
  };
}

/**
 * Fingerprints that alerts with different labels have: a sender that is no Alertmanager may give all of its alerts one. They
 * are several alerts, which are known by their labels.
 */
function sharedFingerprints(alerts: WebhookBody["alerts"]): ReadonlySet<string> {
  const first = new Map<string, AlertLabels>();
  const shared = new Set<string>();
  for (const { fingerprint, labels } of alerts) {
    const known = first.get(fingerprint);
    if (known === undefined) first.set(fingerprint, labels);
    else if (!shared.has(fingerprint) && labelFingerprint(known) !== labelFingerprint(labels)) shared.add(fingerprint);
  }
  return shared;
}

/** Alertmanager sends the receiver through Go's regexp.QuoteMeta: `team\.db\+oncall` is "team.db+oncall". */
function unquoteReceiver(receiver: string): string {
  return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, "$1");
}
