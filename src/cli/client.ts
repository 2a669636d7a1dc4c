import { userInfo } from "node:os";
import type { EnvironmentVariables } from "#app/terminal.ts";
import { readConfig } from "#config/app-config.ts";
import { isDeclined, type CommandAnswer } from "#domain/events/command-outcome.ts";
import { UsageError } from "./cli-command.ts";

/** The author of a command: `--as`, else the name of the logged-in user, `chosen` by no one. */
export type CallerName = { readonly name: string; readonly chosen: boolean };

/** The author of a command as its options say. */
export function callerName(as: unknown): CallerName {
  return typeof as === "string" ? { name: as, chosen: true } : { name: userInfo().username, chosen: false };
}

/** The outcome of words that were sent to the server. `usage`: the right words when they were not understood. */
export type VerbAnswer = { readonly ok: boolean; readonly text: string; readonly usage: string | null };

/** What the server answered, refusals too. */
export type JsonAnswer<T> = { readonly status: number; readonly answer: T };

type RequestInput = {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/**
 * Asks the running Muster. It must be asked and not the database, because a remote Muster works the same way.
 * `url` (what `--url` was given) or MUSTER_URL is its address; else it is where this environment would start the server.
 */
export class MusterClient {
  readonly #url: unknown;
  readonly #env: EnvironmentVariables;

  constructor(url: unknown, env: EnvironmentVariables) {
    this.#url = url;
    this.#env = env;
  }

  /** @throws Error with what the server answered, when that is no success */
  async getResponse(path: string, accept = "application/json"): Promise<Response> {
    const { base, response } = await this.#sendRequest(path, { headers: { accept } });
    if (response.ok) return response;
    const text = await response.text();
    throw new Error(
      response.status === 401 ? unauthorizedText(base, text) : `${base} answered ${response.status}: ${errorIn(text)}`,
    );
  }

  async getJson<T>(path: string): Promise<T> {
    return (await (await this.getResponse(path)).json()) as T;
  }

  /** Sends words to the server, as a named author; answers refusals too. */
  async postVerb(text: string, as: CallerName): Promise<VerbAnswer> {
    const { status, answer } = await this.sendAs<{
      text?: string;
      error?: string;
      usage?: string;
      kind?: CommandAnswer["kind"];
    }>("POST", "/api/verbs", { text }, as);
    // An earlier version, and proxies, send no kind.
    const ok = answer.kind === undefined ? status < 300 : !isDeclined({ kind: answer.kind });
    return { ok, text: answer.text ?? answer.error ?? "", usage: answer.usage ?? null };
  }

  /**
   * Sends JSON in someone's name; answers also what the other side refuses. A token that acts in its own name only is
   * refused the login name: unless it was chosen by `--as`, the request is sent again without.
   */
  async sendAs<T>(method: "POST" | "PUT", path: string, body: object, as: CallerName): Promise<JsonAnswer<T>> {
    const sent = await this.#sendJson<T>(method, path, { ...body, as: as.name });
    return sent.status === 403 && !as.chosen ? this.#sendJson(method, path, body) : sent;
  }

  /** Posts JSON; answers also what the other side refuses. */
  postJson<T>(path: string, body: object): Promise<JsonAnswer<T>> {
    return this.#sendJson("POST", path, body);
  }

  async #sendJson<T>(method: string, path: string, body: object): Promise<JsonAnswer<T>> {
    const headers = { "content-type": "application/json" };
    const { base, response } = await this.#sendRequest(path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (response.status === 401) throw new Error(unauthorizedText(base, text));
    // A proxy may answer instead of the server, with its own body.
    if (response.headers.get("content-type")?.includes("json") !== true)
      throw new Error(`${base} answered ${response.status}: ${errorIn(text)}`);
    return { status: response.status, answer: JSON.parse(text) as T };
  }

  async #sendRequest(
    path: string,
    init: RequestInput,
  ): Promise<{ readonly base: string; readonly response: Response }> {
    const config = readConfig(this.#env);
    const base = (
      typeof this.#url === "string"
        ? this.#url
        : this.#env["MUSTER_URL"] || `http://${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${config.port}`
    ).replace(/\/+$/, "");
    if (!URL.canParse(base) || !/^https?:/.test(base))
      throw new UsageError(
        `${typeof this.#url === "string" ? "--url" : "MUSTER_URL"}: "${base}" is no URL; write it like http://127.0.0.1:3000`,
      );
    const token = config.apiTokens[0];
    try {
      const response = await fetch(base + path, {
        ...init,
        headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        signal: AbortSignal.timeout(15_000),
      });
      return { base, response };
    } catch (cause) {
      throw new Error(`No Muster answers at ${base}. Start one with "muster start", or say where it is with --url.`, {
        cause,
      });
    }
  }
}

function unauthorizedText(base: string, text: string): string {
  return `${base} answered 401: ${errorIn(text)}. Set MUSTER_API_TOKENS here to one of the tokens that Muster has.`;
}

function errorIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "error" in parsed) return String(parsed.error);
  } catch {
    // A foreign answer: report that.
  }
  return body.slice(0, 300);
}
