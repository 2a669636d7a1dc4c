import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a guard looks at: the headers of a request, and who sent it. */
export type GuardedRequest = Pick<IncomingMessage, "headers"> & {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
};

/** Why a request is refused, for the operator of the sender; null when it is accepted. */
export type RequestGuard = (request: GuardedRequest) => string | null;

/**
 * Lets in who shows one of the tokens, as `Authorization: Bearer <token>` or as the password of Basic authentication.
 * Several tokens are good at once, so that they can be changed without a gap. Without any token only programs on this
 * machine get in: not a proxy's clients, and not a page in a browser, which could reach this machine too.
 * Tokens are compared in constant time, by digest, all of them every time.
 */
export function createTokenGuard(tokens: readonly string[], setting: string, publicHost: string): RequestGuard {
  const digests = tokens.map(digest);
  if (digests.length === 0)
    return (request) =>
      isLocal(request, publicHost)
        ? null
        : `only programs on this machine may call this; set ${setting} and send one of its tokens`;
  return (request) => {
    const shown = credential(request.headers.authorization);
    if (shown === null)
      return `send a token of ${setting} as "Authorization: Bearer <token>" or as the password of Basic authentication`;
    const ownTasks = digest(shown);
    let good = 0;
    for (const each of digests) good |= Number(timingSafeEqual(each, ownTasks));
    return good === 1 ? null : `this token is none of ${setting}`;
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function credential(header: string | undefined): string | null {
  return parseCredentials(header)?.secret ?? null;
}

/** What a header of ours carries: a secret, and with Basic authentication the name in front of it. */
export function parseCredentials(
  header: string | undefined,
): { readonly user: string; readonly secret: string } | null {
  const [scheme, value] = splitOnce((header ?? "").trim(), " ");
  if (value === null) return null;
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { user: "api", secret: value.trim() };
    case "basic": {
      const [user, secret] = splitOnce(Buffer.from(value.trim(), "base64").toString("utf8"), ":");
      return secret === null ? null : { user: user.slice(0, 100), secret };
    }
    default:
      return null;
  }
}

function splitOnce(text: string, at: string): [string, string | null] {
  const i = text.indexOf(at);
  return i < 0 ? [text, null] : [text.slice(0, i), text.slice(i + 1)];
}

function isLocal(request: GuardedRequest, publicHost: string): boolean {
  const { headers } = request;
  const address = request.socket.remoteAddress ?? "";
  const loopback = address === "::1" || /^(::ffff:)?127\./.test(address);
  if (
    !loopback ||
    headers["x-forwarded-for"] !== undefined ||
    headers["forwarded"] !== undefined ||
    headers["x-real-ip"] !== undefined
  )
    return false;
  // A browser on this machine shows strangers' pages: it says where they come from, or that the name was rebound.
  if (
    headers.origin !== undefined &&
    !isLocalHost(URL.canParse(headers.origin) ? new URL(headers.origin).host : "", publicHost)
  )
    return false;
  return headers.host === undefined || isLocalHost(headers.host, publicHost);
}

function isLocalHost(host: string, publicHost: string): boolean {
  return host === publicHost || /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}
