import type { IncomingMessage, ServerResponse } from "node:http";
import { webhookDoor, type WebhookDoor } from "./alertmanager.ts";

/** Grafana Alerting's webhook contact point: Alertmanager's body with more fields, by POST or PUT. It never retries by itself. */
export function grafanaDoor(door: WebhookDoor): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return webhookDoor(door, "grafana", ["POST", "PUT"]);
}
