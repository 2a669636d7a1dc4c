import { createHash, randomBytes } from "node:crypto";
import { insertApiToken, MOST_TOKENS, readApiTokens, revokeApiToken, rotateApiToken } from "#db/access/api-tokens.ts";
import { appendAudit } from "#db/audit/audit-entries.ts";
import type { Database, QueryExecutor } from "#db/client.ts";
import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import {
  isReservedTokenName,
  TOKEN_NAME,
  TOKEN_PREFIX,
  type ApiToken,
  type IssuedToken,
  type TokenOrder,
  type TokenRefusal,
  type TokenRegistry,
} from "#domain/response/api-token.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/**
 * The digest under which a secret is stored. A fast hash is enough: the secret is 256 random bits, so there is nothing to
 * guess, and every request has one (docs/decisions.md, "Tokens are stored as SHA-256").
 */
export function tokenDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function newSecret(): string {
  return TOKEN_PREFIX + randomBytes(32).toString("base64url");
}

/** Who works on tokens, and where they ask from. */
export type TokenAuthor = Pick<AuditEntry, "person" | "way" | "address">;

/** The named tokens in a database. Each change is one with its entry in the audit log: neither is there without the other. */
export function createTokenRegistry(db: Database, clock: () => Instant, by: TokenAuthor = MUSTER): TokenRegistry {
  const change = <T extends object>(
    what: string,
    name: string,
    work: (tx: QueryExecutor) => Promise<T | TokenRefusal>,
    describe: (done: T) => string = () => "",
  ): Promise<T | TokenRefusal> =>
    db.transaction(async (tx) => {
      const done = await work(tx);
      const refusal = isRefusal(done) ? done.refused : null;
      const result = refusal === null ? "applied" : "refused";
      const text = refusal ?? describe(done as T);
      await appendAudit(tx, [
        { at: clock(), kind: "token", what: `token.${what}`, subject: name, result, ...by, text },
      ]);
      return done;
    });
  return {
    list: async () => (await readApiTokens(db)).map(({ token }) => token),
    create: (order) =>
      change(
        "created",
        order.name.slice(0, 60),
        (tx) => makeToken(tx, order, clock()),
        ({ token }) => describeToken(token),
      ),
    revoke: (name) =>
      change(
        "revoked",
        name.slice(0, 60),
        async (tx) => (await revokeApiToken(tx, name, clock()))?.token ?? noToken(name),
      ),
    rotate: (name, graceMs) =>
      change("rotated", name.slice(0, 60), async (tx) => {
        const now = clock();
        const secret = newSecret();
        const stored = await rotateApiToken(tx, name, tokenDigest(secret), { now, formerUntil: now + graceMs });
        return stored === null ? noToken(name) : { token: stored.token, secret };
      }),
  };
}

const MUSTER: TokenAuthor = { person: null, way: "muster", address: null };

async function makeToken(tx: QueryExecutor, order: TokenOrder, now: Instant): Promise<IssuedToken | TokenRefusal> {
  if (isReservedTokenName(order.name))
    return refuse(
      `a token called ${order.name} would read as Muster itself, or as a token of the settings: choose another name`,
    );
  if (!TOKEN_NAME.test(order.name))
    return refuse(`"${order.name}" is no name of a token: up to 60 letters, digits, dots, - and _`);
  if (order.expiresAt !== null && order.expiresAt <= now) return refuse("it would have expired already");
  const secret = newSecret();
  const stored = await insertApiToken(tx, order, tokenDigest(secret), now);
  if (stored === "taken")
    return refuse(`there is or was a token called ${order.name}: rotate it, or choose another name`);
  if (stored === "full")
    return refuse(`there are ${MOST_TOKENS} tokens: revoke those that are not used (muster token list)`);
  return { token: stored.token, secret };
}

function describeToken({ scopes, expiresAt }: ApiToken): string {
  return `scopes ${scopes.join(", ")}; ${expiresAt === null ? "does not expire" : `expires ${formatIso(expiresAt)}`}`;
}

function isRefusal(done: object): done is TokenRefusal {
  return "refused" in done;
}

function noToken(name: string): TokenRefusal {
  return refuse(`there is no token called ${name}, or it is revoked or expired: muster token list`);
}

function refuse(reason: string): TokenRefusal {
  return { refused: reason };
}
