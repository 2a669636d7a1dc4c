import type { IncomingMessage } from "node:http";
import { isJson, type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { createAnswering, type MethodAnswering } from "./slack-answers.ts";
import { createTiers } from "./slack-faults.ts";
import { lacksFallbackText, refusalOf } from "./slack-methods.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";

/** How strict the gate is. `elapsed`: ms by which the buckets of rate tiers fill. */
export type ApiGateOptions = {
  readonly token: string;
  readonly tiers: boolean;
  readonly latencyMs: number;
  readonly elapsed: () => number;
};

/** What is written back: a status, headers and a body. */
export type GateReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};

export const jsonReply = (
  answer: MethodAnswer,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): GateReply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(answer),
});
export const plainReply = (status: number, body: string): GateReply => ({
  status,
  headers: { "content-type": "text/plain" },
  body,
});

const PROXY_PAGE = "<!DOCTYPE html>\n<html><body><h1>Sign in to the guest network</h1></body></html>";
export const proxyPage = (status: number): GateReply => ({
  status,
  headers: { "content-type": "text/html" },
  body: PROXY_PAGE,
});

/** What a request to the gate is: a call of the Web API, a part of an upload, or an answer to a response_url. */
export type GateKind = "api" | "upload" | "response_url";

export function gateKind(path: string): GateKind | null {
  if (path.startsWith("/api/")) return "api";
  if (path.startsWith("/upload/")) return "upload";
  return path.startsWith("/respond/") ? "response_url" : null;
}

/** Arguments that are JSON inside a form. */
const NESTED = ["blocks", "attachments", "metadata", "view", "files"];

export function parseGateBody(raw: string, contentType: string): JsonObject | null {
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

/** The answers of slack.com to requests that no fault stopped. */
export class GateAnswers {
  readonly violations: string[] = [];
  /** The address that the product has for Slack. */
  url = "";
  readonly #workspace: SlackWorkspace;
  readonly #token: string;
  readonly #waitFor: (method: string, channel: string) => number;
  readonly #answering: MethodAnswering;
  readonly #responseUses = new Map<string, number>();

  constructor(workspace: SlackWorkspace, { token, tiers, elapsed }: ApiGateOptions) {
    this.#workspace = workspace;
    this.#token = token;
    this.#waitFor = tiers ? createTiers(elapsed) : () => 0;
    this.#answering = createAnswering(workspace);
  }

  refuse(method: string, error: string, messages: readonly string[] = []): MethodAnswer {
    this.violations.push(`${method}: ${error}${messages.map((each) => ` ${each}`).join("")}`);
    return { ok: false, error, ...(messages.length > 0 && { errors: messages, response_metadata: { messages } }) };
  }

  async callMethod(method: string, body: JsonObject | null, token: string): Promise<GateReply> {
    if (token === "") return jsonReply({ ok: false, error: "not_authed" });
    if (token !== this.#token) return jsonReply({ ok: false, error: "invalid_auth" });
    if (body === null) return jsonReply(this.refuse(method, "invalid_json"));
    const seconds = this.#waitFor(method, stringOrEmpty(body.channel).replace(/^#/, ""));
    if (seconds > 0) return jsonReply({ ok: false, error: "ratelimited" }, 429, { "retry-after": String(seconds) });
    const refused = refusalOf(method, body);
    if (refused !== null) return jsonReply(this.refuse(method, refused.error, refused.messages));
    if (lacksFallbackText(method, body)) this.violations.push(`${method}: blocks without a fallback text`);
    const answer = await this.#answering(method, body);
    if (answer.error === "unknown_method") return jsonReply(this.refuse(method, "unknown_method"));
    return jsonReply(JSON.parse(JSON.stringify(answer).replaceAll(this.#workspace.origin, this.url)) as MethodAnswer);
  }

  respond(path: string, body: JsonObject | null): GateReply {
    const uses = (this.#responseUses.get(path) ?? 0) + 1;
    this.#responseUses.set(path, uses);
    if (body === null) return jsonReply(this.refuse("response_url", "invalid_payload"), 400);
    if (uses > 5) return jsonReply(this.refuse("response_url", "used_url"), 404);
    if (stringOrEmpty(body.text) === "" && body.blocks === undefined && body.delete_original !== true)
      return jsonReply(this.refuse("response_url", "no_text"), 400);
    const refused = refusalOf("chat.postEphemeral", { channel: "-", user: "-", ...body });
    return refused === null
      ? plainReply(200, "ok")
      : jsonReply(this.refuse("response_url", refused.error, refused.messages), 400);
  }

  /** Files go to the emulator as they are. */
  async passOn(request: IncomingMessage, path: string, raw: Buffer): Promise<GateReply> {
    const headers = { "content-type": request.headers["content-type"] ?? "application/octet-stream" };
    const response = await this.#workspace.fetch(
      path,
      request.method === "GET" ? undefined : { method: "POST", headers, body: new Uint8Array(raw) },
    );
    const contentType = response.headers.get("content-type") ?? "application/octet-stream";
    return {
      status: response.status,
      headers: { "content-type": contentType },
      body: Buffer.from(await response.arrayBuffer()),
    };
  }
}
