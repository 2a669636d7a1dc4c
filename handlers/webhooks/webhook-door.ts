import type { IncomingMessage, ServerResponse } from "node:http";
import { createSubmission } from "#domain/commands/submission.ts";
import { refusedDeliveryAlert } from "#engine/alerting/self-alerts.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { priorityRank, type Actor, type Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import { webUrl } from "#domain/values/text.ts";
import type { WebhookSource } from "#domain/values/webhook-source.ts";
import type { RequestGuard } from "#handlers/token-guard.ts";
import { sendJson, BodyTooLarge, readBody } from "#handlers/request-body.ts";

export type WebhookDoor = {
  readonly submit: SubmitCommand;
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  /** Starts a measurement; the returned function answers the ms since then. */
  readonly stopwatch: () => () => number;
  readonly guard: RequestGuard;
  /** Called for every answer: the metrics. */
  readonly onAnswer: (source: string, status: number, alerts: number, ms: number) => void;
};

/** Largest request taken: 20,000 alerts are some 14 MB. */
const LIMIT = 16 * 1024 * 1024;

/**
 * The door of a source of alerts, on plain node:http because it must take a storm (docs/alertmanager.md has the contract).
 * Answers 202 after the delivery is stored; 400 naming the wrong field; 401; 413, and an alert of our own, because
 * such a delivery would never be repeated in another shape; 503 when it cannot be stored, the one answer that makes
 * Alertmanager try again at once. Never a redirect (it would lose the body) and never 429 (it would not be retried).
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

async function take(door: WebhookDoor, request: IncomingMessage, source: WebhookSource): Promise<Answer> {
  if (!source.methods.some((method) => method === request.method))
    return fail(405, `use ${source.methods.join(" or ")}`);
  const denied = door.guard(request);
  if (denied !== null) return fail(401, denied);
  let raw: string;
  try {
    raw = await readBody(request, LIMIT);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) return fail(400, "the request ended before its body did");
    // If even this cannot be stored, the sender's own log has the 413.
    await door.submit(refusedDeliveryAlert(source.title, "16 MB", door.clock())).catch(() => {});
    return fail(413, "body: larger than 16 MB; set max_alerts in the webhook_config or group by more labels");
  }
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    return fail(400, `body: not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  const wrong = source.check(body);
  if (wrong !== null) return fail(400, wrong);
  const { alerts, links } = source.outline(body);
  if (alerts.length === 0) return { status: 202, body: { accepted: 0 }, alerts: 0 };
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
  } catch (error) {
    return fail(
      503,
      `the alerts could not be stored and were not taken; send them again: ${error instanceof Error ? error.message : ""}`,
    );
  }
  return { status: 202, body: { accepted: alerts.length }, alerts: alerts.length };
}

function fail(status: number, error: string): Answer {
  return { status, body: { error }, alerts: 0 };
}
