import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isJson, type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { createAnswering } from "./slack-answers.ts";
import { createFaults, createTiers, type FaultKind, type SlackFaults } from "./slack-faults.ts";
import { lacksFallbackText, refusalOf } from "./slack-methods.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A call that reached Slack. `answer` is what Slack said, even when a fault kept it from arriving; null when it said nothing. */
export type ApiCall = {
  readonly method: string;
  readonly body: JsonObject;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly token: string;
  answer: MethodAnswer | null;
  fault: FaultKind | null;
};

/** How strict the gate is. */
/** `elapsed`: ms by which the buckets of rate tiers fill. */
export type ApiGateOptions = {
  readonly token: string;
  readonly tiers: boolean;
  readonly latencyMs: number;
  readonly elapsed: () => number;
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

/** What is written back: a status, headers and a body. */
type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

const json = (answer: MethodAnswer, status = 200, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(answer),
});
const plain = (status: number, body: string): Reply => ({ status, headers: { "content-type": "text/plain" }, body });

const PROXY_PAGE = "<!DOCTYPE html>\n<html><body><h1>Sign in to the guest network</h1></body></html>";
const page = (status: number): Reply => ({ status, headers: { "content-type": "text/html" }, body: PROXY_PAGE });

/** What a fault leaves of an answer, after the work was done. */
function spoil(kind: FaultKind | undefined, reply: Reply): Reply | "cut" {
  if (kind === "drop-answer") return "cut";
  if (kind === "broken")
    return { ...reply, body: String(reply.body).slice(0, Math.floor(String(reply.body).length / 2)) };
  if (kind === "emptied") return json({ ok: true });
  return kind === "page" ? page(200) : reply;
}

/** Arguments that are JSON inside a form. */
const NESTED = ["blocks", "attachments", "metadata", "view", "files"];

function parseBody(raw: string, contentType: string): JsonObject | null {
  try {
    const parsed: unknown = contentType.startsWith("application/json")
      ? JSON.parse(raw || "{}")
      : Object.fromEntries(new URLSearchParams(raw));
    if (!isJson(parsed)) return null;
    const nested = NESTED.filter((name) => typeof parsed[name] === "string").map((name): [string, unknown] => [
      name,
      JSON.parse(stringOrEmpty(parsed[name])),
    ]);
    return { ...parsed, ...Object.fromEntries(nested) };
  } catch {
    return null;
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Starts the gate on a free port. */
export async function startApiGate(workspace: SlackWorkspace, options: ApiGateOptions): Promise<ApiGate> {
  const calls: ApiCall[] = [];
  const violations: string[] = [];
  const faults = createFaults();
  const waitFor = options.tiers ? createTiers(options.elapsed) : () => 0;
  const answering = createAnswering(workspace);
  const responseUses = new Map<string, number>();
  const sockets = new Set<Socket>();
  let down = false;
  let url = "";

  const refuse = (method: string, error: string, messages: readonly string[] = []): MethodAnswer => {
    violations.push(`${method}: ${error}${messages.map((each) => ` ${each}`).join("")}`);
    return { ok: false, error, ...(messages.length > 0 && { errors: messages, response_metadata: { messages } }) };
  };

  /** One Web API call that no fault stopped. */
  const answerApi = async (method: string, body: JsonObject | null, token: string): Promise<Reply> => {
    if (token === "") return json({ ok: false, error: "not_authed" });
    if (token !== options.token) return json({ ok: false, error: "invalid_auth" });
    if (body === null) return json(refuse(method, "invalid_json"));
    const seconds = waitFor(method, stringOrEmpty(body.channel).replace(/^#/, ""));
    if (seconds > 0) return json({ ok: false, error: "ratelimited" }, 429, { "retry-after": String(seconds) });
    const refused = refusalOf(method, body);
    if (refused !== null) return json(refuse(method, refused.error, refused.messages));
    if (lacksFallbackText(method, body)) violations.push(`${method}: blocks without a fallback text`);
    const answer = await answering(method, body);
    if (answer.error === "unknown_method") return json(refuse(method, "unknown_method"));
    return json(JSON.parse(JSON.stringify(answer).replaceAll(workspace.origin, url)) as MethodAnswer);
  };

  const answerResponseUrl = (path: string, body: JsonObject | null): Reply => {
    const uses = (responseUses.get(path) ?? 0) + 1;
    responseUses.set(path, uses);
    if (body === null) return json(refuse("response_url", "invalid_payload"), 400);
    if (uses > 5) return json(refuse("response_url", "used_url"), 404);
    if (stringOrEmpty(body.text) === "" && body.blocks === undefined && body.delete_original !== true)
      return json(refuse("response_url", "no_text"), 400);
    const refused = refusalOf("chat.postEphemeral", { channel: "-", user: "-", ...body });
    return refused === null ? plain(200, "ok") : json(refuse("response_url", refused.error, refused.messages), 400);
  };

  const passOn = async (request: IncomingMessage, path: string, raw: Buffer): Promise<Reply> => {
    const headers = { "content-type": request.headers["content-type"] ?? "application/octet-stream" };
    const response = await workspace.fetch(
      path,
      request.method === "GET" ? undefined : { method: "POST", headers, body: new Uint8Array(raw) },
    );
    const contentType = response.headers.get("content-type") ?? "application/octet-stream";
    return {
      status: response.status,
      headers: { "content-type": contentType },
      body: Buffer.from(await response.arrayBuffer()),
    };
  };

  /** The reply; "cut" when the connection must end without one, "silence" when nothing must happen at all. */
  const handle = async (request: IncomingMessage): Promise<Reply | "cut" | "silence"> => {
    const path = request.url ?? "/";
    const raw = await read(request);
    if (path.startsWith("/files-pri/") && request.method === "GET") return passOn(request, path, raw);
    const kind = path.startsWith("/api/")
      ? "api"
      : path.startsWith("/upload/")
        ? "upload"
        : path.startsWith("/respond/")
          ? "response_url"
          : null;
    if (kind === null) return plain(404, "no such page");
    const method = kind === "api" ? (path.slice("/api/".length).split("?")[0] ?? "") : kind;
    if (request.method !== "POST" && !(kind === "upload" && request.method === "PUT")) {
      return json(refuse(method, "method_not_allowed", [`${String(request.method)} ${path}`]), 405);
    }
    const body = kind === "upload" ? {} : parseBody(raw.toString(), request.headers["content-type"] ?? "");
    const token = (request.headers.authorization ?? "").replace(/^Bearer\s+/i, "");
    const call: ApiCall = { method, body: body ?? {}, at: wallClock(), token, answer: null, fault: null };
    calls.push(call);
    if (options.latencyMs > 0) await sleep(options.latencyMs);

    const fault = faults.take(method);
    call.fault = fault?.kind ?? null;
    if (fault?.kind === "timeout") return "silence";
    if (fault?.kind === "reset") return "cut";
    if (fault?.kind === "500") return plain(500, "Internal Server Error");
    if (fault?.kind === "blocked") return page(403);
    const early =
      fault?.kind === "429"
        ? "ratelimited"
        : fault?.kind.startsWith("error:")
          ? fault.kind.slice("error:".length)
          : null;
    if (early !== null) {
      call.answer = { ok: false, error: early };
      return fault?.kind === "429"
        ? json(call.answer, 429, { "retry-after": String(fault.retryAfter) })
        : json(call.answer);
    }
    const reply =
      kind === "api"
        ? await answerApi(method, body, token)
        : kind === "upload"
          ? await passOn(request, path, raw)
          : answerResponseUrl(path, body);
    call.answer = kind === "api" ? (JSON.parse(String(reply.body)) as MethodAnswer) : { ok: reply.status === 200 };
    return spoil(fault?.kind, reply);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let reply: Reply | "cut" | "silence";
    try {
      reply = await handle(request);
    } catch (error) {
      if (request.socket.destroyed) return;
      reply = plain(500, `bug in the Slack gate: ${error instanceof Error ? error.message : String(error)}`);
      violations.push(String(reply.body));
    }
    if (reply === "silence") return;
    if (reply === "cut") return void request.socket.resetAndDestroy();
    response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
  };

  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket: Socket) => {
    if (down) return void socket.resetAndDestroy();
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("bug: a TCP server without a port");
  url = `http://127.0.0.1:${address.port}`;

  const cutAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url,
    calls,
    violations,
    faults,
    setDown: (now) => {
      down = now;
      if (now) cutAll();
    },
    close: async () => {
      cutAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await workspace.close();
    },
  };
}
