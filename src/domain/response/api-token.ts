import { isReservedName } from "#domain/values/access/reserved-name.ts";
import type { Instant } from "#domain/values/language.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";

/** A named token, without its secret: that is shown once, and stored as a digest. */
export type ApiToken = {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** null: it does not expire. */
  readonly expiresAt: Instant | null;
  /** To the minute; null: it was not used yet. */
  readonly lastUsedAt: Instant | null;
  readonly rotatedAt: Instant | null;
  readonly revokedAt: Instant | null;
};

/** What a token is made of. */
export type TokenOrder = Pick<ApiToken, "name" | "scopes" | "createdBy" | "expiresAt">;

/** A token and the secret that opens with it, which is shown this once. */
export type IssuedToken = { readonly token: ApiToken; readonly secret: string };

/** Why a token was not made or changed, in words. */
export type TokenRefusal = { readonly refused: string };

/** The named tokens of a Muster. */
export type TokenRegistry = {
  list(): Promise<readonly ApiToken[]>;
  create(order: TokenOrder): Promise<IssuedToken | TokenRefusal>;
  /** It opens nothing from now on: within seconds in every process. */
  revoke(name: string): Promise<ApiToken | TokenRefusal>;
  /** Gives it a new secret; the one before works for `graceMs` more. */
  rotate(name: string, graceMs: number): Promise<IssuedToken | TokenRefusal>;
};

/** What a secret that someone shows is good for. */
export type TokenFinding =
  | { readonly kind: "good"; readonly token: ApiToken }
  | { readonly kind: "expired" | "revoked" | "replaced"; readonly name: string }
  | { readonly kind: "unknown" }
  /** The tokens could not be read: that proves nothing about the secret. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** What all secrets of named tokens begin with, so that people and scanners of leaked secrets recognize one. */
export const TOKEN_PREFIX = "mst_";

/** Names of tokens: they stand in the timeline and in the list of tokens. */
export const TOKEN_NAME = /^[a-z0-9][a-z0-9._-]{0,59}$/i;

/**
 * Whether a token of this name would read as someone else in the record: Muster itself, a token of the settings
 * ("MUSTER_API_TOKENS 1"), or what stands there for a request that gives no name.
 */
export function isReservedTokenName(name: string): boolean {
  return isReservedName(name) || /^(?:api|local|muster_(?:api|webhook|metrics)_tokens.*)$/i.test(name);
}

/** The longest time that a token may be good for, in ms. */
export const LONGEST_LIFE_MS = 3_650 * DAY_MS;

/** How long the secret before a rotation stays good, in ms: by default, and at most. */
export const DEFAULT_GRACE_MS = 0;
export const LONGEST_GRACE_MS = 30 * DAY_MS;

/** What a token is good for at an instant. */
export function tokenState({ expiresAt, revokedAt }: ApiToken, now: Instant): "good" | "expired" | "revoked" {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "good";
}
