import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** What came back for an envelope: its acknowledgement. */
export type AcknowledgedEnvelope = {
  readonly envelope_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

/**
 * The other end of Socket Mode: hands out addresses to app tokens, greets on lines, sends envelopes and keeps what is
 * acknowledged.
 */
export type SlackLine = {
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  readonly acked: AcknowledgedEnvelope[];
  /** How often a line was opened. */
  readonly opened: () => number;
  /** How many are open now. */
  readonly open: () => number;
  /** How often one was asked for. */
  readonly dialed: () => number;
  send(id: string, type: "slash_commands" | "interactive" | "events_api", payload: object): void;
  /** Asks for the line to be dialed again, as Slack does every few hours; or for another reason. */
  refresh(reason?: string): void;
  /** What Slack would not understand of what came over the lines; empty after a good test. */
  readonly violations: readonly string[];
  /** What Slack does on a line besides: greets or not, ends it right after the greeting, pings every so many ms. */
  readonly manners: { greets: boolean; endsAtOnce: boolean; answers: boolean; pingMs: number | null };
  /** Cuts the line, and refuses addresses until a test allows them. */
  away(is: boolean): void;
  close(): Promise<void>;
};

/** Slack's half of a line, for one app token. */
export async function startSlackLine(appToken: string): Promise<SlackLine> {
  const acked: AcknowledgedEnvelope[] = [];
  const lines = new Set<WebSocket>();
  const sockets = new Set<Socket>();
  const sentOver = new Map<WebSocket, Set<string>>();
  const violations: string[] = [];
  let opened = 0;
  let dialed = 0;
  let missing = false;
  const http = createServer((request, response) => {
    if (missing) return void request.socket.destroy();
    const { port } = http.address() as AddressInfo;
    const answer = addressAnswer(request, appToken, port);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  keepSockets(http, sockets);
  const manners: SlackLine["manners"] = { greets: true, endsAtOnce: false, answers: true, pingMs: null };
  const server = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    dialed++;
    if (manners.answers) server.handleUpgrade(request, socket, head, (line) => server.emit("connection", line));
  });
  server.on("connection", (line) => {
    opened++;
    lines.add(line);
    line.on("close", () => lines.delete(line));
    const sent = new Set<string>();
    sentOver.set(line, sent);
    line.on("message", (data: Buffer) => acked.push(acknowledged(data, sent, violations)));
    welcome(line, manners);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const each = (message: object): void => lines.forEach((line) => line.send(JSON.stringify(message)));
  return {
    apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/`,
    acked,
    opened: () => opened,
    open: () => lines.size,
    dialed: () => dialed,
    manners,
    violations,
    send(id, type, payload) {
      const line = chosenLine(lines);
      sentOver.get(line)!.add(id);
      line.send(JSON.stringify({ envelope_id: id, type, payload, accepts_response_payload: type !== "events_api" }));
    },
    refresh: (reason = "refresh_requested") => each({ type: "disconnect", reason }),
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

/** What Slack answers who asks for the address of a line. */
function addressAnswer({ url, headers }: IncomingMessage, appToken: string, port: number): object {
  if (url?.startsWith("/api/apps.connections.open") !== true) return { ok: false, error: "unknown_method" };
  return headers.authorization === `Bearer ${appToken}`
    ? { ok: true, url: `ws://127.0.0.1:${port}/line` }
    : { ok: false, error: "invalid_auth" };
}

function keepSockets(http: Server, sockets: Set<Socket>): void {
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
}

/** Slack chooses one of the lines that are open: here the oldest, which is the harder case. */
function chosenLine(lines: ReadonlySet<WebSocket>): WebSocket {
  const [line] = lines;
  if (line === undefined) throw new Error("no line is open");
  return line;
}

/** Slack takes an acknowledgement over the line that brought the envelope, once. */
function acknowledged(data: Buffer, sent: Set<string>, violations: string[]): AcknowledgedEnvelope {
  const ack = JSON.parse(data.toString()) as AcknowledgedEnvelope;
  if (!sent.delete(ack.envelope_id))
    violations.push(`${ack.envelope_id} was not brought by this line, or is acknowledged already`);
  return ack;
}

/** What Slack does on a line that has just opened. */
function welcome(line: WebSocket, { greets, endsAtOnce, pingMs }: SlackLine["manners"]): void {
  if (greets) line.send(JSON.stringify({ type: "hello", num_connections: 1, connection_info: { app_id: "A1" } }));
  if (endsAtOnce) line.send(JSON.stringify({ type: "disconnect", reason: "link_disabled" }));
  if (pingMs === null) return;
  const pings = setInterval(() => line.ping(), pingMs);
  line.on("close", () => clearInterval(pings));
}
