import { isUnsetInstant, parseInstant, UNSET_INSTANT } from "./instant.ts";
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

/** What was not accepted of a delivery. `index`: which alert; null: a field beside the alerts. `value`: what was sent. */
export type RefusedPart = {
  readonly index: number | null;
  readonly field: string;
  readonly reason: string;
  readonly value: unknown;
};

/** A body that its source's `check` accepts, made of the good parts of one that it does not, and what was refused. */
export type SalvagedBody = { readonly body: unknown; readonly refused: readonly RefusedPart[] };

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

/**
 * The fingerprint that Alertmanager gives to labels: FNV-1a of 64 bits over the names in the order of their bytes and
 * their values, each followed by a byte 0xff, as 16 hex digits (prometheus/common, model/signature.go).
 */
export function labelFingerprint(labels: AlertLabels): string {
  const hash = new Fnv1a();
  const encoder = new TextEncoder();
  const pairs = Object.keys(labels).map((name) => [encoder.encode(name), encoder.encode(labels[name])] as const);
  for (const [name, value] of pairs.toSorted(([a], [b]) => compareBytes(a, b))) {
    hash.add(name);
    hash.add(SEPARATOR);
    hash.add(value);
    hash.add(SEPARATOR);
  }
  return hash.hex();
}

const SEPARATOR = Uint8Array.of(0xff);

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** 64 bits as two numbers: bigints would cost a sender of many alerts a second. */
class Fnv1a {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const low = (this.#low ^ byte) >>> 0;
      // Times the prime 2^40 + 0x1b3, modulo 2^64.
      const product = low * 0x1b3;
      this.#high = (this.#high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) >>> 0;
      this.#low = product >>> 0;
    }
  }

  hex(): string {
    return [this.#high, this.#low].map((part) => part.toString(16).padStart(8, "0")).join("");
  }
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
