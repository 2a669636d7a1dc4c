import type { TokenFinding } from "#domain/response/api-token.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { createFailedAttempts, type AttemptReport } from "#handlers/access/failed-attempts.ts";
import { trustedProxies, type GuardedRequest } from "#handlers/access/local-request.ts";
import { createTokenGuard, type GuardSetting, type RequestGuard } from "#handlers/access/token-guard.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** What a guard is made of in a test: no one from elsewhere reaches Muster, no proxies, no named tokens, a clock that stands. */
export type GuardOptions = {
  readonly tokens?: readonly string[];
  readonly setting?: Partial<GuardSetting>;
  readonly exposed?: boolean;
  readonly proxies?: readonly string[];
  /** Named tokens: their secrets, and what each is good for. */
  readonly named?: Readonly<Record<string, TokenFinding>>;
  readonly time?: { now: number };
  readonly reports?: AttemptReport[];
};

export function aGuard(options: GuardOptions = {}): RequestGuard {
  const { tokens = [], exposed = false, proxies = [], named = {}, time = { now: 0 }, reports = [] } = options;
  const attempts = createFailedAttempts(
    () => time.now,
    (report) => void reports.push(report),
  );
  return createTokenGuard(
    { name: "MUSTER_API_TOKENS", tokens, scopes: ["respond", "impersonate"], limited: true, ...options.setting },
    {
      exposed,
      proxies: trustedProxies(proxies),
      attempts,
      find: (secret) => Promise.resolve(named[secret] ?? { kind: "unknown" }),
    },
  );
}

/** A request as a guard looks at it. */
export function aRequestFrom(
  remoteAddress: string,
  headers: Readonly<Record<string, string | undefined>> = {},
): GuardedRequest {
  return { headers, socket: { remoteAddress } };
}

export const bearer = (secret: string): { readonly authorization: string } => ({ authorization: `Bearer ${secret}` });

export const basic = (user: string, secret: string): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`,
});

/** A named token that is good. */
export function aNamedToken(name: string, ...scopes: readonly TokenScope[]): TokenFinding {
  const token = {
    name,
    scopes,
    createdAt: NOW,
    createdBy: "test",
    expiresAt: null,
    lastUsedAt: null,
    rotatedAt: null,
    revokedAt: null,
  };
  return { kind: "good", token };
}
