import type { IncomingMessage, ServerResponse } from "node:http";
import { createSubmission } from "#domain/commands/submission.ts";
import type { RefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { priorityRank, type Actor, type Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifyAlert } from "#domain/alerting/routing.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { webUrl } from "#domain/values/text.ts";
import type { RefusedPart, SalvagedBody } from "#domain/deliveries/delivery.ts";
import type { WebhookSource } from "#domain/deliveries/webhook-source.ts";
import { canIngest } from "#domain/values/access/token-scope.ts";
import type { RequestGuard } from "#handlers/access/token-guard.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { sendJson } from "#handlers/request-body.ts";
import { letOthersIn, looksLikeDelivery, readDeliveryBody, UnreadableBody } from "./delivery-body.ts";

export type WebhookDoor = {
  readonly submit: SubmitCommand;
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  /** Starts a measurement; the returned function answers the ms since then. */
  readonly stopwatch: () => () => number;
  readonly guard: RequestGuard;
  readonly audit: Pick<AuditLog, "recordOnce">;
  /** Receives every delivery that was accepted or refused. */
  readonly ledger: RefusalLedger;
  /** For the log: what its sender is not shown. */
  readonly onError: (error: unknown) => void;
  /** Called for every answer: the metrics. */
  readonly onAnswer: (source: string, status: number, alerts: number, ms: number) => void;
};

/**
 * The door of a source of alerts, on plain node:http because it must take a storm (docs/alertmanager.md has the contract).
 * Answers 202 after the delivery is stored, with the number of alerts that were accepted and refused; 400 naming the
 * wrong field when nothing of it can be accepted; 401; 413; 415; 503 when it cannot be stored, the one answer that makes
 * Alertmanager try again at once. Never a redirect (it would lose the body) and never 429 (it would not be retried).
 * The ledger is given what is refused, and raises an alert of our own: Alertmanager only logs a refusal.
 */
export function openWebhook(
  door: WebhookDoor,
  source: WebhookSource,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const elapsed = door.stopwatch();
    const { status, body, alerts } = await take(door, request, source);
    sendJson(response, status, body, headersOf(status, source));
    door.onAnswer(source.name, status, alerts, elapsed());
  };
}

const NO_HEADERS = {};

function headersOf(status: number, { methods }: WebhookSource): Readonly<Record<string, string>> {
  if (status === 503) return { "retry-after": "1" };
  if (status === 401) return { "www-authenticate": "Bearer" };
  return status === 405 ? { allow: methods.join(", ") } : NO_HEADERS;
}

/** Units of work in a delivery. A batch is bounded by them, in time as in memory: long alerts count for more than one. */
function weightOf(alerts: number, characters: number): number {
  return Math.max(alerts, Math.ceil(characters / 4_000));
}

/** Alerts whose severity is looked up between two turns of others. */
const CLASSIFIED_AT_ONCE = 2_000;

type Answer = { readonly status: number; readonly body: object; readonly alerts: number };

/** A delivery as it is stored: as it came, or what could be accepted of it. */
type ReadDelivery = SalvagedBody & { readonly raw: string };

async function take(door: WebhookDoor, request: IncomingMessage, source: WebhookSource): Promise<Answer> {
  if (!source.methods.some((method) => method === request.method))
    return fail(405, `use ${source.methods.join(" or ")}`);
  const sender = { source: source.name, sender: addressOf(request) };
  const refuse = (status: number, reason: string, parts: readonly RefusedPart[] = []): Promise<Answer> =>
    recordRefusal(door, { ...sender, status, reason, parts });
  const denied = await denial(door, request, source);
  if (denied !== null) {
    const { status, reason, reported } = denied;
    return reported && (await looksLikeDelivery(request)) ? refuse(status, reason) : fail(status, reason);
  }
  let raw: string;
  try {
    raw = await readDeliveryBody(request);
  } catch (error) {
    return error instanceof UnreadableBody
      ? refuse(error.status, error.message)
      : fail(400, "the request ended before its body did");
  }
  const read = await readDelivery(source, raw);
  if ("wrong" in read) return refuse(400, read.wrong, read.refused);
  const accepted = await store(door, source, read);
  if (typeof accepted !== "number") return accepted;
  const { refused } = read;
  const body = {
    accepted,
    refused: countAlerts(refused),
    ...(refused.length === 0 ? {} : { errors: errorsOf(refused) }),
  };
  if (refused.length === 0) {
    door.ledger.accepted(sender);
    return { status: 202, body, alerts: accepted };
  }
  const answer = await refuse(202, errorsOf(refused)[0]!, refused);
  return answer.status === 202 ? { status: 202, body, alerts: accepted } : answer;
}

/**
 * Why a request may not come in by this door, or null. Reported is what a sender of alerts may have done wrong: not that the
 * tokens cannot be read (503), nor each of many attempts.
 */
async function denial(
  { guard }: WebhookDoor,
  request: IncomingMessage,
  { name }: WebhookSource,
): Promise<{ readonly status: number; readonly reason: string; readonly reported: boolean } | null> {
  const answer = await guard(request);
  if (!answer.ok) {
    const { status, reason, repeated } = answer;
    return { status, reason, reported: status !== 503 && !repeated };
  }
  const { scopes, name: token } = answer.caller;
  return canIngest(scopes, name)
    ? null
    : {
        status: 403,
        reported: true,
        reason: `the token ${token} does not open this webhook: it needs the scope ingest:${name}`,
      };
}

/** Alerts of one delivery that are looked at one by one. Megabytes of what is no alert would be as many refusals. */
const MOST_ALERTS = 100_000;

function alertsIn(body: unknown): number {
  const { alerts } = (body ?? {}) as { readonly alerts?: unknown };
  return Array.isArray(alerts) ? alerts.length : 0;
}

/** What can be accepted of a body, and what cannot; `wrong`: nothing can be. */
async function readDelivery(
  source: WebhookSource,
  raw: string,
): Promise<ReadDelivery | { readonly wrong: string; readonly refused: readonly RefusedPart[] }> {
  await letOthersIn(raw.length);
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    return { wrong: `body: not JSON: ${error instanceof Error ? error.message : ""}`, refused: [] };
  }
  if (alertsIn(body) > MOST_ALERTS)
    return {
      wrong: `alerts: more than ${MOST_ALERTS.toLocaleString("en")}; set max_alerts in the webhook_config`,
      refused: [],
    };
  await letOthersIn(raw.length);
  const wrong = source.check(body);
  await letOthersIn(raw.length);
  if (wrong === null) return { body, raw, refused: [] };
  const salvaged = source.salvage(body);
  if (salvaged === null) return { wrong, refused: [] };
  if (countAlerts(salvaged.refused) > 0 && source.outline(salvaged.body).alerts.length === 0)
    return { wrong: errorsOf(salvaged.refused)[0]!, refused: salvaged.refused };
  return { ...salvaged, raw: JSON.stringify(salvaged.body) };
}

/** Stores a delivery. Answers how many alerts it has, or the answer for the sender when it cannot be stored. */
async function store(door: WebhookDoor, source: WebhookSource, { body, raw }: ReadDelivery): Promise<number | Answer> {
  const { alerts, links } = source.outline(body);
  if (alerts.length === 0) return 0;
  const actor: Actor = { kind: "source", id: source.name, name: source.title };
  const policy = door.policy();
  let urgency = 4;
  for (const [i, { labels }] of alerts.entries()) {
    urgency = Math.min(urgency, priorityRank(classifyAlert(policy, labels).priority));
    if (i % CLASSIFIED_AT_ONCE === CLASSIFIED_AT_ONCE - 1) await letOthersIn(raw.length);
  }
  try {
    await door.submit(
      createSubmission({
        key: null,
        urgency,
        weight: weightOf(alerts.length, raw.length),
        actor,
        at: door.clock(),
        evidence: links.map(webUrl).find((url) => url !== null) ?? null,
        body: { type: "alerts.deliver", source: source.name, raw },
      }),
    );
    return alerts.length;
  } catch (error) {
    return notStored(door, error);
  }
}

/** Gives a refusal to the ledger. Answers what the sender is answered, after what is refused was stored. */
async function recordRefusal(door: WebhookDoor, refusal: Parameters<RefusalLedger["refused"]>[0]): Promise<Answer> {
  const { status, reason, parts, source, sender } = refusal;
  if (status !== 401)
    door.audit.recordOnce(
      `delivery ${status} ${source} ${sender}`,
      { kind: "refusal", what: "alerts.deliver", subject: source, result: "refused", person: null, text: reason },
      { way: "webhook", address: sender },
    );
  try {
    await door.ledger.refused(refusal);
  } catch (error) {
    return notStored(door, error);
  }
  return parts.length === 0
    ? fail(status, reason)
    : {
        status,
        body: { error: reason, accepted: 0, refused: countAlerts(parts), errors: errorsOf(parts) },
        alerts: 0,
      };
}

function notStored({ onError }: WebhookDoor, error: unknown): Answer {
  if (!(error instanceof NamedProblem)) onError(error);
  const reason = error instanceof NamedProblem ? error.message : "the log of Muster says why";
  return fail(503, `the alerts could not be stored and were not taken; send them again: ${reason}`);
}

/** Reasons that one answer names: Alertmanager logs it. */
const REASONS = 10;

function errorsOf(refused: readonly RefusedPart[]): readonly string[] {
  return refused
    .slice(0, REASONS)
    .map(({ index, field, reason }) => `${index === null ? "" : `alerts[${index}].`}${field}: ${reason}`);
}

function countAlerts(refused: readonly RefusedPart[]): number {
  return refused.reduce((count, { index }) => (index === null ? count : count + 1), 0);
}

const addresses = new WeakMap<object, string>();

/** The address of the sender, of IPv4 as people write it. A connection keeps it for all its requests. */
function addressOf({ socket }: IncomingMessage): string {
  let address = addresses.get(socket);
  if (address === undefined)
    addresses.set(socket, (address = (socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "")));
  return address;
}

function fail(status: number, error: string): Answer {
  return { status, body: { error }, alerts: 0 };
}
