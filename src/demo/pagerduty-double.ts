import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { acceptEvent, createPagerAccount, type PagerAccount } from "./pagerduty-account.ts";
import { answerRest } from "./pagerduty-rest.ts";
import { sendWebhook, type WebhookOptions } from "./pagerduty-webhooks.ts";

/**
 * What goes wrong with the next requests: a status, a connection that breaks before ("cut") or after ("lost") it was done,
 * half an answer after it was done ("broken"), a proxy's page with HTTP 200 before anything was done ("page"), or silence.
 */
export type PagerFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | "none"
  | "cut"
  | "broken"
  | "page"
  | "lost"
  | "silence";

/** A strict PagerDuty: Events API v2, as much of REST v2 as is used, and webhooks v3. */
export type PagerDutyDouble = Omit<PagerAccount, "refuse" | "drops" | "priorities"> & {
  readonly url: string;
  readonly requests: () => number;
  fault(...faults: readonly PagerFault[]): void;
  /** The service is in maintenance, or an event rule drops what comes; null ends that. */
  drop(drops: PagerAccount["drops"]): void;
  /** ms that each answer of the REST API takes. */
  slow(restMs: number): void;
  /** What the account calls its priorities. */
  rank(priorities: readonly string[]): void;
  /** Someone acts there: PagerDuty notifies the product, signed. */
  webhook(
    to: string,
    type: string,
    options: WebhookOptions,
  ): Promise<{ readonly status: number; readonly body: string }>;
  close(): Promise<void>;
};

export const ROUTING_KEY = "a".repeat(32);

export async function startPagerDuty(): Promise<PagerDutyDouble> {
  const account = createPagerAccount(ROUTING_KEY);
  const faults: PagerFault[] = [];
  const sockets = new Set<Socket>();
  let count = 0;
  let restMs = 0;

  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      count++;
      const fault = faults.shift();
      if (fault === "silence") return;
      if (fault === "cut") return void request.socket.destroy();
      if (fault === "page")
        return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in to the network</html>");
      if (typeof fault === "object") return void response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      const isEvent = request.url === "/v2/enqueue" && request.method === "POST";
      const { status, body } = isEvent ? acceptEvent(account, text) : answerRest(account, request, text);
      if (fault === "lost") return void request.socket.destroy();
      const whole = JSON.stringify(body);
      const answer = (): void =>
        void response
          .writeHead(status, { "content-type": "application/json" })
          .end(fault === "broken" ? whole.slice(0, Math.floor(whole.length / 2)) : whole);
      if (isEvent || restMs === 0) answer();
      else setTimeout(answer, restMs).unref();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    ...account,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => count,
    fault: (...more) => void faults.push(...more),
    drop: (drops) => void (account.drops = drops),
    slow: (ms) => void (restMs = ms),
    rank: (priorities) => void (account.priorities = priorities),
    webhook: (to, type, options) => sendWebhook(account, to, type, options),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
