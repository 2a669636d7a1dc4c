import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** What came back for an envelope: its acknowledgement. */
export type AcknowledgedEnvelope = {
  readonly envelope_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

/** The other end of Socket Mode: hands out addresses to app tokens, says hello on lines, sends envelopes and keeps what is acknowledged. */
export type SlackLine = {
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  readonly acked: AcknowledgedEnvelope[];
  /** How often a line was opened. */
  readonly opened: () => number;
  send(id: string, type: "slash_commands" | "interactive" | "events_api", payload: object): void;
  /** Asks for the line to be dialed again, as Slack does every few hours. */
  refresh(): void;
  /** Cuts the line, and refuses addresses until told otherwise. */
  away(is: boolean): void;
  close(): Promise<void>;
};

/** Slack's half of a line, for one app token. */
export async function startSlackLine(appToken: string): Promise<SlackLine> {
  const acked: AcknowledgedEnvelope[] = [];
  const lines = new Set<WebSocket>();
  const sockets = new Set<Socket>();
  let opened = 0;
  let missing = false;
  const http = createServer((request, response) => {
    if (missing) return void request.socket.destroy();
    const known = request.headers.authorization === `Bearer ${appToken}`;
    const answer = !request.url?.startsWith("/api/apps.connections.open")
      ? { ok: false, error: "unknown_method" }
      : known
        ? { ok: true, url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/line` }
        : { ok: false, error: "invalid_auth" };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const server = new WebSocketServer({ server: http, path: "/line" });
  server.on("connection", (line) => {
    opened++;
    lines.add(line);
    line.on("close", () => lines.delete(line));
    line.on("message", (data: Buffer) => void acked.push(JSON.parse(data.toString()) as AcknowledgedEnvelope));
    line.send(JSON.stringify({ type: "hello", num_connections: 1, connection_info: { app_id: "A1" } }));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const each = (message: object): void => lines.forEach((line) => line.send(JSON.stringify(message)));
  return {
    apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/`,
    acked,
    opened: () => opened,
    send: (id, type, payload) =>
      each({ envelope_id: id, type, payload, accepts_response_payload: type !== "events_api" }),
    refresh: () => each({ type: "disconnect", reason: "refresh_requested" }),
    away(is) {
      missing = is;
      if (is) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
