import { createHash, timingSafeEqual } from "node:crypto";
import type { TokenFinding } from "#domain/response/api-token.ts";
import { TOKEN_PREFIX } from "#domain/response/api-token.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import type { FailedAttempts } from "./failed-attempts.ts";
import { clientAddress, isLocalRequest, type GuardedRequest, type TrustedProxies } from "./local-request.ts";
import { parseCredentials } from "./request-credentials.ts";

/**
 * Who sends a request, as far as its credentials say: a named token, one of a setting ("MUSTER_API_TOKENS 1"), or a program
 * on this machine where no token is set.
 */
export type RequestCaller = {
  readonly kind: "named" | "setting" | "local";
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** Whom the credentials name besides: the user of Basic authentication, which proves nothing; null: no one. */
  readonly user: string | null;
};

/** Who sends a request, or why it is refused, for the operator of the sender. */
export type GuardAnswer =
  | { readonly ok: true; readonly caller: RequestCaller }
  | {
      readonly ok: false;
      /** 429: too many wrong credentials from there; 503: the tokens cannot be read, which proves nothing about this one. */
      readonly status: 401 | 429 | 503;
      readonly reason: string;
      readonly retryAfter: number | null;
      /** Many wrong tokens came from there: no work is done for another. */
      readonly repeated: boolean;
    };

export type RequestGuard = (request: GuardedRequest) => Promise<GuardAnswer>;

/** What all guards of a process share. */
export type GuardSetup = {
  /** False where PUBLIC_URL leads to this machine only. */
  readonly exposed: boolean;
  readonly proxies: TrustedProxies;
  readonly attempts: FailedAttempts;
  /** What a secret of a named token is good for. */
  readonly find: (secret: string) => Promise<TokenFinding>;
};

/** The tokens of a setting; `scopes`: what each of them opens, and a program on this machine where none is set. */
export type GuardSetting = {
  readonly name: string;
  readonly tokens: readonly string[];
  readonly scopes: readonly TokenScope[];
  /** Whether wrong credentials have an address wait: not where a program that is refused loses alerts. */
  readonly limited: boolean;
};

/** Written instead of tokens, it closes a door to all but named tokens. */
export const NO_TOKENS = "none";

/**
 * Lets in who shows a named token or one of the setting's, as `Authorization: Bearer <token>` or as the password of Basic
 * authentication. Several are good at once, so that they can be changed without a gap. Where the setting is empty and
 * Muster is reached from this machine only, programs on this machine get in without: not a proxy's clients, and not a page
 * in a browser. Tokens of the setting are compared in constant time, by digest, all of them every time.
 */
export function createTokenGuard(setting: GuardSetting, setup: GuardSetup): RequestGuard {
  const isSet = setting.tokens.length > 0;
  const digests = setting.tokens.filter((token) => token !== NO_TOKENS).map(digestOf);
  const isOpenHere = !isSet && !setup.exposed;
  return async (request) => {
    const shown = parseCredentials(request.headers.authorization);
    const local = (): GuardAnswer | null =>
      isOpenHere && isLocalRequest(request, setup.proxies)
        ? admit({ kind: "local", name: "this machine", scopes: setting.scopes, user: shown?.user ?? null })
        : null;
    if (shown === null) return local() ?? refuse(401, missingReason(setting, setup.exposed));
    const digest = digestOf(shown.secret);
    const address = clientAddress(request, setup.proxies);
    const wait = setup.attempts.waitSeconds(address, digest.toString("hex"));
    if (wait !== null && setting.limited)
      return refuse(429, `too many wrong tokens came from ${address}: try again in ${wait} s`, wait);
    const found = await judge(setting, setup, digests, shown.secret, digest);
    if ("caller" in found) {
      setup.attempts.passed(digest.toString("hex"));
      return admit({ ...found.caller, user: shown.user });
    }
    // Where no token is set, what is shown besides is only a name.
    if (found.status === 401 && !shown.secret.startsWith(TOKEN_PREFIX)) {
      const here = local();
      if (here !== null) return here;
    }
    if (found.status === 401) setup.attempts.failed(address);
    return { ...refuse(found.status, found.reason), repeated: wait !== null };
  };
}

async function judge(
  { name: setting, scopes }: GuardSetting,
  { find }: GuardSetup,
  digests: readonly Buffer[],
  secret: string,
  digest: Buffer,
): Promise<{ readonly caller: Omit<RequestCaller, "user"> } | { readonly status: 401 | 503; readonly reason: string }> {
  let place = 0;
  for (const [i, each] of digests.entries()) {
    const same = timingSafeEqual(each, digest);
    place = same && place === 0 ? i + 1 : place;
  }
  if (place > 0) return { caller: { kind: "setting", name: `${setting} ${place}`, scopes } };
  const finding = await find(secret);
  switch (finding.kind) {
    case "good":
      return { caller: { kind: "named", name: finding.token.name, scopes: finding.token.scopes } };
    case "unknown":
      return { status: 401, reason: `this token is none of ${setting}, and no named token` };
    case "expired":
      return { status: 401, reason: `the token ${finding.name} has expired: muster token create makes another` };
    case "revoked":
      return { status: 401, reason: `the token ${finding.name} is revoked` };
    case "replaced":
      return { status: 401, reason: `the token ${finding.name} has a new secret: this was the one before` };
    case "unavailable":
      return { status: 503, reason: finding.reason };
  }
}

function missingReason({ name, tokens }: GuardSetting, exposed: boolean): string {
  return tokens.length === 0 && !exposed
    ? `only programs on this machine may call this; set ${name} and send one of its tokens`
    : `send a token of ${name}, or a named one, as "Authorization: Bearer <token>" or as the password of Basic authentication`;
}

function admit(caller: RequestCaller): GuardAnswer {
  return { ok: true, caller };
}

function refuse(
  status: 401 | 429 | 503,
  reason: string,
  retryAfter: number | null = status === 503 ? 5 : null,
): Extract<GuardAnswer, { readonly ok: false }> {
  return { ok: false, status, reason, retryAfter, repeated: false };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
