import { userInfo } from "node:os";
import { readConfig } from "#config/app-config.ts";
import { isDeclined, type CommandAnswer } from "#domain/events/command-outcome.ts";
import { UsageError } from "./cli-command.ts";

/**
 * Asks the running Muster. It must be asked and not the database, because the embedded database belongs to one process.
 * `--url` or MUSTER_URL sets the address; else it is where this environment would start the server.
 */
export async function getResponse(path: string, url: unknown, accept = "application/json"): Promise<Response> {
  const { base, response } = await sendRequest(path, url, { headers: { accept } });
  if (response.ok) return response;
  const text = await response.text();
  throw new Error(
    response.status === 401 ? unauthorizedText(base, text) : `${base} answered ${response.status}: ${errorIn(text)}`,
  );
}

function unauthorizedText(base: string, text: string): string {
  return `${base} answered 401: ${errorIn(text)}. Set MUSTER_API_TOKENS here to one of the tokens that Muster has.`;
}

/** The author of a command: `--as`, else the name of the logged-in user. */
export function callerName(as: unknown): string {
  return typeof as === "string" ? as : userInfo().username;
}

/** The outcome of words that were sent to the server. `usage`: the right words when they were not understood. */
export type VerbAnswer = { readonly ok: boolean; readonly text: string; readonly usage: string | null };

/** Sends words to the server, as a named author; answers refusals too. */
export async function postVerb(text: string, as: string, url: unknown): Promise<VerbAnswer> {
  const { status, answer } = await postJson<{
    text?: string;
    error?: string;
    usage?: string;
    kind?: CommandAnswer["kind"];
  }>("/api/verbs", { text, as }, url);
  // An earlier version, and proxies, send no kind.
  const ok = answer.kind === undefined ? status < 300 : !isDeclined({ kind: answer.kind });
  return { ok, text: answer.text ?? answer.error ?? "", usage: answer.usage ?? null };
}

/** Posts JSON; answers also what the other side refuses. */
export async function postJson<T>(
  path: string,
  body: object,
  url: unknown,
): Promise<{ readonly status: number; readonly answer: T }> {
  const { base, response } = await sendRequest(path, url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return readAnswer<T>(base, response);
}

/** Puts JSON; answers also what the other side refuses. */
export async function putJson<T>(
  path: string,
  body: object,
  url: unknown,
): Promise<{ readonly status: number; readonly answer: T }> {
  const { base, response } = await sendRequest(path, url, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return readAnswer<T>(base, response);
}

async function readAnswer<T>(
  base: string,
  response: Response,
): Promise<{ readonly status: number; readonly answer: T }> {
  const text = await response.text();
  if (response.status === 401) throw new Error(unauthorizedText(base, text));
  // A proxy may answer instead of the server, with its own body.
  if (response.headers.get("content-type")?.includes("json") !== true)
    throw new Error(`${base} answered ${response.status}: ${errorIn(text)}`);
  return { status: response.status, answer: JSON.parse(text) as T };
}

async function sendRequest(
  path: string,
  url: unknown,
  init: { readonly method?: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<{ readonly base: string; readonly response: Response }> {
  const config = readConfig();
  const base = (
    typeof url === "string"
      ? url
      : process.env["MUSTER_URL"] || `http://${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${config.port}`
  ).replace(/\/+$/, "");
  if (!URL.canParse(base) || !/^https?:/.test(base))
    throw new UsageError(
      `${typeof url === "string" ? "--url" : "MUSTER_URL"}: "${base}" is no URL; write it like http://127.0.0.1:3000`,
    );
  const token = config.apiTokens[0];
  let response: Response;
  try {
    response = await fetch(base + path, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Error(`No Muster answers at ${base}. Start one with "muster start", or say where it is with --url.`, {
      cause,
    });
  }
  return { base, response };
}

export async function getJson<T>(path: string, url: unknown): Promise<T> {
  return (await (await getResponse(path, url)).json()) as T;
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
