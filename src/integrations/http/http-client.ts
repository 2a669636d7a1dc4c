import { oneLine } from "#domain/values/text.ts";
import {
  HTTP_METHODS,
  type HttpResponse,
  type HttpRequest,
  type HttpRefusal,
  type HttpRequests,
} from "#ports/http-requests.ts";
import { PortError } from "#ports/port-error.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import { RefusedAddress, type OutboundNetwork } from "./guarded-connection.ts";
import { sendGuarded, type GuardedAnswer } from "./guarded-request.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Most that is sent, and most that is kept of an answer, in bytes. */
const BODY_BYTES = 65_536;
const TIMEOUT_MS = 10_000;

/** A line of the policy's list: "api.example.com" on its scheme's own port, or "api.example.com:8443". */
export type AllowedHost = {
  readonly host: string;
  readonly private?: boolean;
  /** The header that the host is shown; null: it needs none. `missing`: what has to be set before. */
  readonly credential?: () => HostCredential | null;
};
export type HostCredential =
  | { readonly ok: true; readonly header: string; readonly value: string }
  | { readonly ok: false; readonly missing: string };
export type HttpSettings = OutboundNetwork & { readonly hosts: readonly AllowedHost[]; readonly timeoutMs?: number };

/** So much of the body of a failure is shown to people, who decide by it whether the request was carried out. */
const EXCERPT = 300;

/** Headers that decide where a message ends or goes, or that are ours. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|proxy-.*|idempotency-key|accept-encoding)$/i;

const no = (refusal: HttpRefusal, detail: string): PortRefusal<HttpRefusal> => ({ ok: false, refusal, says: detail });

/** Requests to the policy's hosts, each on a connection of its own, to an address that was judged where it is dialed. */
export function createHttpRequests({ hosts, timeoutMs = TIMEOUT_MS, ...network }: HttpSettings): HttpRequests {
  return {
    async send(request) {
      const url = URL.canParse(request.url) ? new URL(request.url) : null;
      const bad = url === null ? "that is no URL" : complaint(request, url);
      if (url === null || bad !== null) return no("bad-request", bad ?? "");
      const allowed = hosts.find(({ host }) => sameHost(host, url));
      if (allowed === undefined) return no("not-allowed", `${url.host} is not among the hosts that the policy allows`);
      if (Buffer.byteLength(request.body ?? "") > BODY_BYTES) return no("too-large", "the body is larger than 64 KiB");

      const credential = allowed.credential?.() ?? null;
      if (credential?.ok === false) return no("no-secret", `${url.host} wants a secret: set ${credential.missing}`);
      const { method, key, body } = request;
      const headers = withCredential(request.headers ?? {}, credential);
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const sent = {
          method,
          headers: { "user-agent": "muster", ...headers, "idempotency-key": key },
          ...(body === undefined ? {} : { body }),
          mayBePrivate: allowed.private === true,
          signal,
          maxBytes: BODY_BYTES,
        };
        return responseOf(await sendGuarded(url, sent, network), url);
      } catch (cause) {
        if (cause instanceof PortError) throw cause;
        if (cause instanceof RefusedAddress)
          return no(
            "private-address",
            cause.never
              ? cause.message
              : `${cause.message}; if that is right, list it as { host: …, private: true } in automation.hosts`,
          );
        throw fault(cause, signal.aborted, url, request);
      }
    },
  };
}

/** The policy's header stands, whatever a runbook writes under its name. */
function withCredential(
  headers: Readonly<Record<string, string>>,
  credential: (HostCredential & { readonly ok: true }) | null,
): Readonly<Record<string, string>> {
  if (credential === null) return headers;
  const own = credential.header.toLowerCase();
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== own)),
    [credential.header]: credential.value,
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

function responseOf(
  { status, headers, body, cut, redirect }: GuardedAnswer,
  url: URL,
): HttpResponse | PortRefusal<HttpRefusal> {
  if (redirect !== null)
    return no("redirected", `${url.host} answered with a redirect, which is not followed: ${redirect}`);
  const retryAfterMs = parseRetryAfter(headers["retry-after"]);
  const text = new TextDecoder().decode(body, { stream: cut });
  const excerpt = oneLine(text, EXCERPT);
  const answered = `HTTP ${status}${excerpt === "" ? "" : `: ${excerpt}`}`;
  if (status === 429)
    throw new PortError("rate_limited", answered, { retryable: true, retryAfterMs: retryAfterMs ?? 30_000 });
  if (status >= 500)
    throw new PortError("server_error", answered, { retryable: true, retryAfterMs, mayHaveHappened: true });
  return { ok: true, status, type: headers["content-type"] ?? "", body: text, cut };
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
