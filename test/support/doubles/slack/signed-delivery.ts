import { createHmac } from "node:crypto";
import { stopwatch, wallClock } from "#test/support/harness/test-clock.ts";

/** Where the product listens (`/slack/events` is added) and the secret it checks signatures with. */
export type ProductEndpoint = { readonly url: string; readonly signingSecret: string };

/** What the product answered; `ms` until the last byte. */
export type SlackDelivery = {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
  readonly triggerId: string;
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };
};

/** Sends a request as it is. */
export async function postDelivery(request: SlackDelivery["request"], triggerId: string): Promise<SlackDelivery> {
  const elapsed = stopwatch();
  const response = await fetch(request.url, { method: "POST", headers: { ...request.headers }, body: request.body });
  const body = await response.text();
  return { status: response.status, body, ms: elapsed(), triggerId, request };
}

/** A form as Slack signs it. */
export function deliverForm(
  product: ProductEndpoint,
  form: Readonly<Record<string, string>>,
  triggerId: string,
): Promise<SlackDelivery> {
  return deliverSigned(product, new URLSearchParams(form).toString(), "application/x-www-form-urlencoded", triggerId);
}

/** A request as Slack signs it. */
export function deliverSigned(
  product: ProductEndpoint,
  body: string,
  contentType: string,
  triggerId: string,
): Promise<SlackDelivery> {
  const timestamp = String(Math.floor(wallClock() / 1000));
  const signature = createHmac("sha256", product.signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  const headers = {
    "content-type": contentType,
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${signature}`,
  };
  return postDelivery({ url: `${product.url.replace(/\/$/, "")}/slack/events`, headers, body }, triggerId);
}
