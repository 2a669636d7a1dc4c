import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { request as plain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";
import { useAgent as agentFor } from "request-filtering-agent";
import {
  HTTP_METHODS,
  type HttpResponse,
  type HttpRequest,
  type HttpRefusal,
  type HttpRequests,
} from "#ports/http-requests.ts";
import { PortError } from "#ports/port-error.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Most that is sent, and most that is kept of an answer, in bytes. */
const BODY_BYTES = 65_536;
const TIMEOUT_MS = 10_000;

/** A line of the policy's list: "api.example.com" on its scheme's own port, or "api.example.com:8443". */
export type AllowedHost = { readonly host: string; readonly private?: boolean };
export type HttpSettings = {
  readonly hosts: readonly AllowedHost[];
  readonly timeoutMs?: number;
  readonly lookup?: LookupFunction;
};

/** What no name may lead to, not even one that may be private: cloud providers hand out credentials there. */
const METADATA = new BlockList();
METADATA.addSubnet("169.254.0.0", 16);
METADATA.addSubnet("fe80::", 10, "ipv6");
METADATA.addAddress("fd00:ec2::254", "ipv6");
METADATA.addAddress("100.100.100.200");

/** Headers that say where a message ends or goes, or that are ours. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|proxy-.*|idempotency-key|accept-encoding)$/i;

class Redirected extends Error {}
const no = (refusal: HttpRefusal, detail: string): PortRefusal<HttpRefusal> => ({ ok: false, refusal, says: detail });

/**
 * Requests to the policy's hosts, with node's own client. request-filtering-agent judges the addresses in the same look-up
 * that the socket connects by, so there is no second answer of the name server to be fooled by. Each request has a
 * connection of its own.
 */
export function createHttpRequests({
  hosts,
  timeoutMs = TIMEOUT_MS,
  lookup = systemLookup,
}: HttpSettings): HttpRequests {
  return {
    async send(request) {
      const url = URL.canParse(request.url) ? new URL(request.url) : null;
      const bad = url === null ? "that is no URL" : complaint(request, url);
      if (url === null || bad !== null) return no("bad-request", bad ?? "");
      const allowed = hosts.find(({ host }) => sameHost(host, url));
      if (allowed === undefined) return no("not-allowed", `${url.host} is not among the hosts that the policy allows`);
      if (Buffer.byteLength(request.body ?? "") > BODY_BYTES) return no("too-large", "the body is larger than 64 KiB");

      const mayBePrivate = allowed.private === true;
      // What is an address already is looked up by no one.
      const literal = url.hostname.replace(/^\[|\]$/g, "");
      if (isIP(literal) !== 0 && METADATA.check(literal, isIP(literal) === 6 ? "ipv6" : "ipv4"))
        return no("private-address", `${url.hostname} is where clouds hand out credentials: it is never asked`);
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        return await exchange(url, request, {
          agent: agentFor(url.href, { allowPrivateIPAddress: mayBePrivate, keepAlive: false }),
          lookup: mayBePrivate ? withoutMetadata(lookup) : lookup,
          signal: limit,
        });
      } catch (cause) {
        if (cause instanceof PortError) throw cause;
        if (cause instanceof Redirected)
          return no("redirected", `${url.host} answered with a redirect, which is not followed: ${cause.message}`);
        if (isFiltered(cause))
          return no(
            "private-address",
            `${url.hostname} is a private address, or leads to one; if that is right, list it as { host: …, private: true } in automation.hosts`,
          );
        throw fault(cause, limit.aborted, url, request);
      }
    },
  };
}

function complaint({ method, headers = {}, key }: HttpRequest, url: URL): string | null {
  if (!(HTTP_METHODS as readonly string[]).includes(method)) return `${method} is no method that is allowed`;
  if (url.protocol !== "https:" && url.protocol !== "http:") return "a URL starts with https:// or http://";
  if (url.username !== "" || url.password !== "") return "a URL has no user or password in it: use a header";
  for (const [name, value] of [...Object.entries(headers), ["idempotency-key", key] as const]) {
    if (name !== "idempotency-key" && OWN_HEADERS.test(name)) return `the header ${name} cannot be set`;
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\u0020-\u007e]*$/.test(value))
      return `the header ${name} has letters in it that no header may have`;
  }
  return null;
}

/** Compared as URLs are read, so that 127.1, 0x7f.1 and 2130706433 are the address they mean. */
function sameHost(host: string, url: URL): boolean {
  const listed = `${url.protocol}//${host}`;
  return URL.canParse(listed) && new URL(listed).host === url.host;
}

function withoutMetadata(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, options, (error, found, family) => {
      const addresses: readonly LookupAddress[] = Array.isArray(found)
        ? found
        : typeof found === "string"
          ? [{ address: found, family: family ?? 4 }]
          : [];
      const bad = addresses.find(({ address, family: kind }) => METADATA.check(address, kind === 6 ? "ipv6" : "ipv4"));
      if (error === null && bad !== undefined) callback(new Error(`${bad.address} is not allowed`), "", 0);
      else callback(error, found, family);
    });
}

/** The agent's refusals are plain errors; the system's have a code. */
function isFiltered(cause: unknown): boolean {
  return cause instanceof Error && !("code" in cause) && / is not allowed/.test(cause.message);
}

function exchange(url: URL, httpRequest: HttpRequest, options: RequestOptions): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const body = httpRequest.body === undefined ? undefined : Buffer.from(httpRequest.body);
  const headers = {
    "user-agent": "muster",
    ...httpRequest.headers,
    "idempotency-key": httpRequest.key,
    "accept-encoding": "identity",
    "content-length": body?.byteLength ?? 0,
  };
  const request = (url.protocol === "https:" ? secure : plain)(
    url,
    { ...options, method: httpRequest.method, headers },
    (response) => {
      read(response).then(resolve, reject);
    },
  );
  request.on("error", reject);
  request.end(body);
  return promise;
}

async function read(response: IncomingMessage): Promise<HttpResponse> {
  const status = response.statusCode ?? 0;
  const { location, "retry-after": wait } = response.headers;
  const answered = `HTTP ${status}`;
  if (status >= 300 && status < 400 && status !== 304) {
    response.destroy();
    throw new Redirected(location ?? "to nowhere");
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.byteLength;
    parts.push(part);
    if (size > BODY_BYTES) break;
  }
  const retryAfterMs = parseRetryAfter(wait);
  if (status === 429)
    throw new PortError("rate_limited", answered, { retryable: true, retryAfterMs: retryAfterMs ?? 30_000 });
  if (status >= 500)
    throw new PortError("server_error", answered, { retryable: true, retryAfterMs, mayHaveHappened: true });
  const cut = size > BODY_BYTES;
  const text = new TextDecoder().decode(Buffer.concat(parts).subarray(0, BODY_BYTES), { stream: cut });
  return { ok: true, status, type: response.headers["content-type"] ?? "", body: text, cut };
}

/** Before a connection is there nothing can have happened. */
const NOT_SENT =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ERR_TLS_CERT_ALTNAME_INVALID|CERT_HAS_EXPIRED|DEPTH_ZERO_SELF_SIGNED_CERT)$/;

function fault(cause: unknown, late: boolean, { host }: URL, { method }: HttpRequest): PortError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new PortError(
    late ? "timeout" : "unreachable",
    late ? `${host} did not answer in time` : `${host} cannot be reached${code === "" ? "" : `: ${code}`}`,
    {
      retryable: true,
      mayHaveHappened: method !== "GET" && method !== "HEAD" && !NOT_SENT.test(code),
      cause,
    },
  );
}
