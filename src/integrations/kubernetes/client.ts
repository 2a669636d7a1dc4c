import { existsSync } from "node:fs";
import type { KubeConfig, RequestContext, ResponseContext } from "@kubernetes/client-node";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { parseRetryAfter } from "#integrations/http/retry-after.ts";
import { PortError } from "#ports/port-error.ts";
import { noAnswerError, toPortError, unreadableAnswer, type ApiFailure } from "./errors.ts";

/** Longest that the API server may take, in ms, and the size limit of its answers. */
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 8 * 1_048_576;

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Segments are encoded here: names come from labels of alerts. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A patch without its kind would be taken for another. */
  readonly type?:
    | "application/json"
    | "application/json-patch+json"
    | "application/merge-patch+json"
    | "application/strategic-merge-patch+json";
  /** For messages: "restart shop/checkout". */
  readonly what: string;
};
export type ApiAnswer = { readonly ok: true; readonly text: string } | ({ readonly ok: false } & ApiFailure);

/**
 * Asks the API server once. Answers the statuses in `expected` as they are; every other failure is a PortError. Objects
 * are kept as JSON: the client's own classes drop the fields that they do not have, and a pod template that lost some
 * must not be written back. The client's part is who we are: certificates, tokens, exec plugins, proxies.
 */
export type ApiCaller = (request: ApiRequest, ...expected: readonly number[]) => Promise<ApiAnswer>;

/** `kubeconfig`: a file; "in-cluster" for the service account of the pod that we run in. */
export function connectCluster(kubeconfig: string, timeoutMs = TIMEOUT_MS): ApiCaller {
  let config: KubeConfig | null = null;
  return async (request, ...expected) => {
    // Loaded when it is first needed: it takes 90 MB and most of a second, and many have no cluster.
    const client = await import("@kubernetes/client-node");
    config ??= load(new client.KubeConfig(), kubeconfig);
    const { what } = request;
    const writing = request.method !== "GET";
    const limit = AbortSignal.timeout(timeoutMs);
    let response: ResponseContext;
    let text: string;
    let made: RequestContext | null = null;
    try {
      made = new client.RequestContext(urlOf(config, request), request.method);
      response = await new client.IsomorphicFetchHttpLibrary()
        .send(await dressed(made, config, request, limit))
        .toPromise();
      text = await bounded(response, what);
    } catch (cause) {
      throw cause instanceof PortError ? cause : noAnswerError(limit.aborted ? limit.reason : cause, what, writing);
    } finally {
      // With TLS the client makes connections of its own for each request, and leaves them open.
      void made?.getDispatcher()?.destroy();
    }
    const status = response.httpStatusCode;
    if (status >= 200 && status < 300) {
      // Every change is answered with an object; a log that is read is mere text.
      if (writing && !isJsonObject(text)) throw unreadableAnswer(what, true);
      return { ok: true, text };
    }
    const failure = { status, says: messageIn(text), retryAfterMs: parseRetryAfter(response.headers["retry-after"]) };
    if (expected.includes(status)) return { ok: false, ...failure };
    throw toPortError(failure, what, writing);
  };
}

function load(config: KubeConfig, kubeconfig: string): KubeConfig {
  try {
    if (kubeconfig === "in-cluster") config.loadFromCluster();
    else if (existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
    else throw new Error("no such file");
    if (config.getCurrentCluster() === null) throw new Error("its current context names no cluster");
  } catch (cause) {
    throw new PortError(
      "unauthorized",
      `KUBECONFIG (${kubeconfig}) cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        retryable: false,
        cause,
      },
    );
  }
  return config;
}

function urlOf(config: KubeConfig, { path }: ApiRequest): string {
  return `${(config.getCurrentCluster()?.server ?? "").replace(/\/+$/, "")}/${path.map(segment).join("/")}`;
}

/** The request with its query, headers, body and time, and with our credentials. */
async function dressed(
  made: RequestContext,
  config: KubeConfig,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<RequestContext> {
  for (const [name, value] of Object.entries(request.query ?? {})) made.setQueryParam(name, value);
  made.setHeaderParam("accept", "application/json, */*");
  made.setHeaderParam("user-agent", "muster");
  if (request.body !== undefined) {
    made.setHeaderParam("content-type", request.type ?? "application/json");
    made.setBody(JSON.stringify(request.body));
  }
  made.setSignal(signal);
  try {
    await config.applySecurityAuthentication(made);
  } catch (cause) {
    const words = `KUBECONFIG gives no way in: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new PortError("unauthorized", words, { retryable: true, retryAfterMs: MINUTE_MS, cause });
  }
  return made;
}

/** `..` would climb out of its place, encoded or not. */
function segment(name: string): string {
  if (name === "" || name === "." || name === "..")
    throw new PortError("invalid", `"${name}" is no name of anything in a cluster`, { retryable: false });
  return encodeURIComponent(name);
}

async function bounded(response: ResponseContext, what: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body.stream() ?? []) {
    size += part.byteLength;
    if (size > ANSWER_BYTES)
      throw new PortError("invalid", `the cluster's answer is larger than 8 MB, so it did not ${what}`, {
        retryable: false,
      });
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function isJsonObject(text: string): boolean {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null;
  } catch {
    return false;
  }
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message.slice(0, 300) : "";
  } catch {
    return "";
  }
}
