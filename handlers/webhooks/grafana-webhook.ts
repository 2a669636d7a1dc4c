import type { IncomingMessage, ServerResponse } from "node:http";
import { alertmanagerWebhook, type WebhookDoor } from "./alertmanager-webhook.ts";

/** Grafana Alerting's webhook contact point: Alertmanager's body with more fields, by POST or PUT. It never retries by itself. */
export function grafanaWebhook(
  door: WebhookDoor,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return alertmanagerWebhook(door, "grafana", ["POST", "PUT"]);
}
