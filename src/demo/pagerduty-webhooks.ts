import { createHmac, randomUUID } from "node:crypto";
import type { PagerAccount, PagerIncident } from "./pagerduty-account.ts";

export type WebhookOptions = {
  readonly key: string;
  readonly agent?: object | null;
  readonly data?: object;
  readonly secrets?: readonly string[];
  readonly id?: string;
  /** The event's own id, which is signed; absent: made of the delivery's. */
  readonly eventId?: string;
  readonly signature?: string;
  readonly at?: number;
};

const USER = {
  id: "PALICE1",
  type: "user_reference",
  summary: "Alice Adams",
  html_url: "https://example.pagerduty.com/users/PALICE1",
};

/** Someone acts there: PagerDuty notifies the product, signed. */
export async function sendWebhook(
  { incidents }: PagerAccount,
  to: string,
  type: string,
  {
    key,
    agent = USER,
    data = {},
    secrets = ["pd-secret"],
    id = randomUUID(),
    eventId = `01${id}`,
    signature,
    at = Date.UTC(2026, 10, 21, 14, 32, 30),
  }: WebhookOptions,
): Promise<{ readonly status: number; readonly body: string }> {
  const of = incidents.get(key);
  // People act on what is there; the reported action has changed it.
  const becomes = { "incident.acknowledged": "acknowledged", "incident.resolved": "resolved" } as const;
  if (of !== undefined && Object.hasOwn(becomes, type)) of.status = becomes[type as keyof typeof becomes];
  const body = webhookBody(of, type, { eventId, key, agent, data, at });
  const signed = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(body).digest("hex")}`).join(", ");
  const response = await fetch(`${to}/webhooks/pagerduty`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-webhook-id": id,
      "x-pagerduty-signature": signature ?? signed,
    },
  });
  return { status: response.status, body: await response.text() };
}

function webhookBody(
  of: PagerIncident | undefined,
  type: string,
  { eventId, key, agent, data, at }: Required<Pick<WebhookOptions, "eventId" | "key" | "agent" | "data" | "at">>,
): string {
  const inner = {
    id: of?.id ?? "Q0",
    type: "incident",
    incident_key: key,
    html_url: `https://example.pagerduty.com/incidents/${of?.id}`,
    status: of?.status,
    assignees: [USER],
  };
  // As PagerDuty sends it: the incident by its id, and not by its key.
  const note = {
    type: "incident_note",
    incident: { id: of?.id ?? "Q0", type: "incident_reference", summary: "…" },
  };
  return JSON.stringify({
    event: {
      id: eventId,
      event_type: type,
      resource_type: "incident",
      occurred_at: new Date(at).toISOString(),
      agent,
      client: null,
      data: /annotated|status_update_published|responder/.test(type) ? { ...note, ...data } : { ...inner, ...data },
    },
  });
}
