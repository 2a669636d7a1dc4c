import type { IncomingMessage, ServerResponse } from "node:http";
import { createSubmission } from "#domain/commands/submission.ts";
import type { RefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { priorityRank, type Actor, type Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import { webUrl } from "#domain/values/text.ts";
import type { RefusedPart, SalvagedBody } from "#domain/values/delivery.ts";
import type { WebhookSource } from "#domain/values/webhook-source.ts";
import type { RequestGuard } from "#handlers/token-guard.ts";
import { sendJson } from "#handlers/request-body.ts";
import { looksLikeDelivery, readDeliveryBody, UnreadableBody } from "./delivery-body.ts";

export type WebhookDoor = {
  readonly submit: SubmitCommand;
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  /** Starts a measurement; the returned function answers the ms since then. */
  readonly stopwatch: () => () => number;
  readonly guard: RequestGuard;
  /** Receives every delivery that was accepted or refused. */
  readonly ledger: RefusalLedger;
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
    const headers: Record<string, string> =
      status === 503
        ? { "retry-after": "1" }
        : status === 401
          ? { "www-authenticate": "Bearer" }
          : status === 405
            ? { allow: source.methods.join(", ") }
            : {};
    sendJson(response, status, body, headers);
    door.onAnswer(source.name, status, alerts, elapsed());
  };
}

/** Units of work in a delivery. A batch is bounded by them, in time as in memory: long alerts count for more than one. */
function weightOf(alerts: number, characters: number): number {
  return Math.max(alerts, Math.ceil(characters / 4_000));
}

type Answer = { readonly status: number; readonly body: object; readonly alerts: number };

/** A delivery as it is stored: as it came, or what could be accepted of it. */
type ReadDelivery = SalvagedBody & { readonly raw: string };

async function take(door: WebhookDoor, request: IncomingMessage, source: WebhookSource): Promise<Answer> {
  if (!source.methods.some((method) => method === request.method))
    return fail(405, `use ${source.methods.join(" or ")}`);
  const sender = { source: source.name, sender: addressOf(request) };
  const refuse = (status: number, reason: string, parts: readonly RefusedPart[] = []): Promise<Answer> =>
    recordRefusal(door, { ...sender, status, reason, parts });
  const denied = door.guard(request);
  if (denied !== null) return (await looksLikeDelivery(request)) ? refuse(401, denied) : fail(401, denied);
  let raw: string;
  try {
    raw = await readDeliveryBody(request);
  } catch (error) {
    return error instanceof UnreadableBody
      ? refuse(error.status, error.message)
      : fail(400, "the request ended before its body did");
  }
  const read = readDelivery(source, raw);
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

/** What can be accepted of a body, and what cannot; `wrong`: nothing can be. */
function readDelivery(
  source: WebhookSource,
  raw: string,
): ReadDelivery | { readonly wrong: string; readonly refused: readonly RefusedPart[] } {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    return { wrong: `body: not JSON: ${error instanceof Error ? error.message : ""}`, refused: [] };
  }
  const wrong = source.check(body);
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
  for (const { labels } of alerts) urgency = Math.min(urgency, priorityRank(classifySeverity(policy, labels).priority));
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
    return notStored(error);
  }
}

/** Gives a refusal to the ledger. Answers what the sender is answered, after what is refused was stored. */
async function recordRefusal(door: WebhookDoor, refusal: Parameters<RefusalLedger["refused"]>[0]): Promise<Answer> {
  const { status, reason, parts } = refusal;
  try {
    await door.ledger.refused(refusal);
  } catch (error) {
    return notStored(error);
  }
  return parts.length === 0
    ? fail(status, reason)
    : {
        status,
        body: { error: reason, accepted: 0, refused: countAlerts(parts), errors: errorsOf(parts) },
        alerts: 0,
      };
}

function notStored(error: unknown): Answer {
  return fail(
    503,
    `the alerts could not be stored and were not taken; send them again: ${error instanceof Error ? error.message : ""}`,
  );
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

/** The address of the sender, of IPv4 as people write it. */
function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}

function fail(status: number, error: string): Answer {
  return { status, body: { error }, alerts: 0 };
}
