import { onTestFinished } from "vitest";
import { openWebhook } from "#handlers/webhooks/webhook-door.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import type { SenderKey } from "#db/intake/alert-senders.ts";
import type { RefusedDelivery } from "#engine/alerting/refusal-ledger.ts";
import type { CommandSubmission } from "#engine/base/submit.ts";
import { aGuard, type GuardOptions } from "#test/support/builders/doors/guards.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { closeServer, createHttpServer, startListening } from "#app/server.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";

/** The doors of webhooks, and what came of what was sent there. */
export type WebhookStage = {
  readonly url: string;
  readonly submitted: CommandSubmission[];
  readonly answers: [string, number, number][];
  readonly accepted: SenderKey[];
  readonly refused: RefusedDelivery[];
};

/** The doors of all sources over real HTTP until the test ends; what they submit goes where the test sends it. */
export async function openWebhookStage(
  submit: (submission: CommandSubmission) => Promise<void> = () => Promise.resolve(),
  tokens: readonly string[] = [],
  refuses: () => Promise<void> = () => Promise.resolve(),
  named: GuardOptions["named"] = {},
  policy: () => Policy = () => aPolicy(),
): Promise<WebhookStage> {
  const submitted: CommandSubmission[] = [];
  const answers: [string, number, number][] = [];
  const accepted: SenderKey[] = [];
  const refused: RefusedDelivery[] = [];
  const door = {
    ledger: {
      accepted: (sender: SenderKey) => void accepted.push(sender),
      refused: (delivery: RefusedDelivery) => (refused.push(delivery), refuses()),
    },
    audit: { recordOnce: () => {} },
    submit: (submission: CommandSubmission) => (submitted.push(submission), submit(submission)),
    policy,
    clock: () => NOW,
    guard: aGuard({ named, setting: { name: "MUSTER_WEBHOOK_TOKENS", tokens, scopes: ["ingest:*"], limited: false } }),
    stopwatch,
    onError: () => {},
    onAnswer: (source: string, status: number, alerts: number) => void answers.push([source, status, alerts]),
  };
  const { server } = createHttpServer(
    new Map(
      Object.values(webhookSources).map((source) => [`/webhooks/${source.name}`, openWebhook(door, source)] as const),
    ),
    () => {},
    false,
  );
  const port = await startListening(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 100));
  return { url: `http://127.0.0.1:${port}`, submitted, answers, accepted, refused };
}

/** Sends a body as JSON, or as it is when it is text or bytes. */
export const sendWebhook = (
  stage: WebhookStage,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  { path = "/webhooks/alertmanager", method = "POST" } = {},
): Promise<Response> =>
  fetch(stage.url + path, {
    method,
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
    redirect: "manual",
  });
