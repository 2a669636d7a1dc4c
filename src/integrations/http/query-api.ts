import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { PortError } from "#ports/port-error.ts";
import { RefusedAddress, type OutboundNetwork } from "./guarded-connection.ts";
import { sendGuarded, type GuardedAnswer } from "./guarded-request.ts";

const ANSWER_BYTES = 1_048_576;

/** A server that answers queries with JSON: its address, how people call it, and the setting that names it. */
export type QueryApi = {
  readonly url: string;
  readonly timeoutMs: number;
  readonly title: string;
  readonly setting: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What Prometheus and what speaks like it answers a query that fails. */
const Failure = z.object({ errorType: z.string(), error: z.string() });

/**
 * Sends queries as forms, and answers the JSON of each; null where it is none. A user and password in the URL are sent as
 * basic authentication. The operator sets the address, so it may be private; no cloud's metadata is asked, and no
 * redirect followed. Rejects with PortError and nothing else; never retries.
 */
export function createQueryApi(
  api: QueryApi,
  network: OutboundNetwork = {},
): (path: string, form: Readonly<Record<string, string>>) => Promise<unknown> {
  const base = new URL(api.url);
  const credentials =
    base.username === "" ? null : `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  base.username = base.password = "";
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
    ...(credentials === null ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
    ...api.headers,
  };
  return async (path, form) => {
    const limit = AbortSignal.timeout(api.timeoutMs);
    let answer: GuardedAnswer;
    try {
      const body = new URLSearchParams(form).toString();
      const request = { method: "POST", headers, body, mayBePrivate: true, signal: limit, maxBytes: ANSWER_BYTES };
      answer = await sendGuarded(new URL(`${base.href.replace(/\/+$/, "")}/${path}`), request, network);
    } catch (cause) {
      throw noAnswer(api, cause, limit.aborted, base.origin);
    }
    const text = textOf(api, answer, base.origin);
    if (answer.status < 200 || answer.status > 299) throw refusal(api, answer.status, text);
    return json(text);
  };
}

function refusal({ title, setting }: QueryApi, status: number, text: string): PortError {
  const failure = Failure.safeParse(json(text));
  // Loki answers a mistake in a query as mere text.
  const detail = failure.success ? failure.data.error : status === 400 && !text.startsWith("<") ? text.trim() : "";
  const words = `${title} answered HTTP ${status}${detail === "" ? "" : `: ${detail.slice(0, 300)}`}`;
  if (status === 429) return new PortError("rate_limited", words, { retryable: true, retryAfterMs: 10_000 });
  // 503: the query was given up, or the server is starting.
  if (status >= 500) return new PortError("server_error", words, { retryable: true });
  if (status === 401 || status === 403)
    return new PortError("unauthorized", `${words}. Check ${setting}.`, {
      retryable: true,
      retryAfterMs: MINUTE_MS,
    });
  return new PortError(status === 404 ? "not_found" : "invalid", words, { retryable: false });
}

function noAnswer({ title, setting }: QueryApi, cause: unknown, slow: boolean, origin: string): PortError {
  if (cause instanceof RefusedAddress)
    return new PortError("invalid", `${cause.message}: check ${setting}`, { retryable: false, cause });
  return new PortError(
    slow ? "timeout" : "unreachable",
    slow ? `${title} did not answer in time` : `${title} cannot be reached at ${origin}`,
    { retryable: true, cause },
  );
}

function textOf({ title, setting }: QueryApi, { body, cut, redirect }: GuardedAnswer, origin: string): string {
  if (redirect !== null)
    throw new PortError(
      "unreachable",
      `${title} cannot be reached at ${origin}: it redirects to ${redirect}, which is not followed; check ${setting}`,
      { retryable: true },
    );
  if (cut)
    throw new PortError("invalid", "the query's answer is larger than 1 MB: sum it up, or take fewer series", {
      retryable: false,
    });
  return body.toString("utf8");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
