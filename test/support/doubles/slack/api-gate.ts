import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "#test/support/builders/json.ts";
import {
  type ApiGateOptions,
  GateAnswers,
  gateKind,
  type GateReply,
  jsonReply,
  parseGateBody,
  plainReply,
  proxyPage,
} from "./gate-answers.ts";
import { createFaults, type FaultKind, type SlackFaults } from "./slack-faults.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A call that reached Slack. `answer` is Slack's, even when a fault kept it from arriving; null when there was none. */
export type ApiCall = {
  readonly method: string;
  readonly body: JsonObject;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly token: string;
  answer: MethodAnswer | null;
  fault: FaultKind | null;
};

/** What stands between the product and the emulator, and behaves like slack.com. */
export type ApiGate = {
  readonly url: string;
  readonly calls: ApiCall[];
  readonly violations: string[];
  readonly faults: SlackFaults;
  /** While down, every connection is reset. */
  setDown(down: boolean): void;
  close(): Promise<void>;
};

/** What a fault leaves of an answer, after the work was done. */
function spoil(kind: FaultKind | undefined, reply: GateReply): GateReply | "cut" {
  if (kind === "drop-answer") return "cut";
  if (kind === "broken")
    return { ...reply, body: String(reply.body).slice(0, Math.floor(String(reply.body).length / 2)) };
  if (kind === "emptied") return jsonReply({ ok: true });
  return kind === "page" ? proxyPage(200) : reply;
}

/** The reply; "cut" when the connection must end without one, "silence" when nothing must happen at all. */
type Outcome = GateReply | "cut" | "silence";

/** The answer of a fault that stops a request before any work is done; null when none does. */
function answerEarly(call: ApiCall, fault: ReturnType<SlackFaults["take"]>): Outcome | null {
  const kind = fault?.kind;
  if (kind === "timeout") return "silence";
  if (kind === "reset") return "cut";
  if (kind === "500") return plainReply(500, "Internal Server Error");
  if (kind === "blocked") return proxyPage(403);
  if (kind === "429") {
    call.answer = { ok: false, error: "ratelimited" };
    return jsonReply(call.answer, 429, { "retry-after": String(fault?.retryAfter) });
  }
  if (kind?.startsWith("error:") !== true) return null;
  call.answer = { ok: false, error: kind.slice("error:".length) };
  return jsonReply(call.answer);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Starts the gate on a free port. */
export async function startApiGate(workspace: SlackWorkspace, options: ApiGateOptions): Promise<ApiGate> {
  const calls: ApiCall[] = [];
  const faults = createFaults();
  const answers = new GateAnswers(workspace, options);
  const { violations } = answers;

  const handle = (request: IncomingMessage): Promise<Outcome> =>
    handleRequest({ calls, faults, answers, options }, request);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let reply: Outcome;
    try {
      reply = await handle(request);
    } catch (error) {
      if (request.socket.destroyed) return;
      reply = plainReply(500, `bug in the Slack gate: ${error instanceof Error ? error.message : String(error)}`);
      violations.push(String(reply.body));
    }
    if (reply === "silence") return;
    if (reply === "cut") return void request.socket.resetAndDestroy();
    response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
  };
  const line = new GateLine(createServer((request, response) => void serve(request, response)));
  const url = await line.open();
  answers.url = url;
  return {
    url,
    calls,
    violations,
    faults,
    setDown: (down) => line.setDown(down),
    close: async () => {
      await line.close();
      await workspace.close();
    },
  };
}

type GateParts = {
  readonly calls: ApiCall[];
  readonly faults: SlackFaults;
  readonly answers: GateAnswers;
  readonly options: ApiGateOptions;
};

async function handleRequest(
  { calls, faults, answers, options }: GateParts,
  request: IncomingMessage,
): Promise<Outcome> {
  const path = request.url ?? "/";
  const raw = await read(request);
  if (path.startsWith("/files-pri/") && request.method === "GET") return answers.passOn(request, path, raw);
  const kind = gateKind(path);
  if (kind === null) return plainReply(404, "no such page");
  const method = kind === "api" ? (path.slice("/api/".length).split("?")[0] ?? "") : kind;
  if (request.method !== "POST" && !(kind === "upload" && request.method === "PUT"))
    return jsonReply(answers.refuse(method, "method_not_allowed", [`${String(request.method)} ${path}`]), 405);
  const body = kind === "upload" ? {} : parseGateBody(raw.toString(), request.headers["content-type"] ?? "");
  const token = (request.headers.authorization ?? "").replace(/^Bearer\s+/i, "");
  const call: ApiCall = { method, body: body ?? {}, at: wallClock(), token, answer: null, fault: null };
  calls.push(call);
  if (options.latencyMs > 0) await sleep(options.latencyMs);
  const fault = faults.take(method);
  call.fault = fault?.kind ?? null;
  const early = answerEarly(call, fault);
  if (early !== null) return early;
  const reply =
    kind === "api"
      ? await answers.callMethod(method, body, token)
      : kind === "upload"
        ? await answers.passOn(request, path, raw)
        : answers.respond(path, body);
  call.answer = kind === "api" ? (JSON.parse(String(reply.body)) as MethodAnswer) : { ok: reply.status === 200 };
  return spoil(fault?.kind, reply);
}

/** The connections of the gate: while it is down, every one is reset. */
class GateLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #down = false;

  constructor(server: Server) {
    this.#server = server;
    server.keepAliveTimeout = 60_000;
    server.on("connection", (socket: Socket) => {
      if (this.#down) return void socket.resetAndDestroy();
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  setDown(down: boolean): void {
    this.#down = down;
    if (down) this.#cutAll();
  }

  async close(): Promise<void> {
    this.#cutAll();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}
