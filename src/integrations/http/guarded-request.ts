import { request as plain, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import { guardedOptions, systemDial, type OutboundNetwork } from "./guarded-connection.ts";

/** `mayBePrivate`: the operator named this host, and it may be, or lead to, a private address. */
export type GuardedRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly mayBePrivate: boolean;
  readonly signal: AbortSignal;
  /** So many bytes of the answer's body are read, at most. */
  readonly maxBytes: number;
};

/** `cut`: there was more of the body. `redirect`: where it points to; it was not followed, and nothing of the body was read. */
export type GuardedAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly cut: boolean;
  readonly redirect: string | null;
};

/**
 * One request by node's own client, on a connection of its own, to an address that was judged where it is dialed.
 * Redirects are not followed: their target was judged by no one.
 * @throws RefusedAddress, or what the connection failed by
 */
export async function sendGuarded(
  url: URL,
  { mayBePrivate, method, headers, body, signal, maxBytes }: GuardedRequest,
  network: OutboundNetwork = {},
): Promise<GuardedAnswer> {
  const guarded = guardedOptions(url.hostname, mayBePrivate, network);
  const dial = network.dial ?? systemDial;
  const isSecure = url.protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<GuardedAnswer>();
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const request = (isSecure ? secure : plain)(
    url,
    {
      method,
      headers: { ...headers, "accept-encoding": "identity", "content-length": bytes?.byteLength ?? 0 },
      signal,
      createConnection: () => dial({ ...guarded, port: Number(url.port) || (isSecure ? 443 : 80) }, isSecure),
    },
    (response) => {
      readAnswer(response, maxBytes).then(resolve, reject);
    },
  );
  request.on("error", reject);
  request.end(bytes);
  return promise;
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<GuardedAnswer> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400 && status !== 304) {
    response.destroy();
    return { status, headers, body: Buffer.alloc(0), cut: false, redirect: headers.location ?? "nowhere" };
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.byteLength;
    parts.push(part);
    if (size > maxBytes) break;
  }
  const body = Buffer.concat(parts).subarray(0, maxBytes);
  return { status, headers, body, cut: size > maxBytes, redirect: null };
}
