import { and, asc, count, eq, gt, isNull, or, sql } from "drizzle-orm";
import { index, pgTable, text } from "drizzle-orm/pg-core";
import type { QueryExecutor } from "#db/client.ts";
import { instantColumn } from "#db/schema.ts";
import type { ApiToken, TokenOrder } from "#domain/response/api-token.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import type { Instant } from "#domain/values/language.ts";

/** Named tokens. A revoked one stays: its name stands in the record. */
export const apiTokensTable = pgTable(
  "api_tokens",
  {
    name: text().primaryKey(),
    /** SHA-256 of the secret, in hex. */
    digest: text().notNull().unique(),
    scopes: text().array().$type<TokenScope[]>().notNull(),
    createdAt: instantColumn().notNull(),
    createdBy: text().notNull(),
    expiresAt: instantColumn(),
    lastUsedAt: instantColumn(),
    rotatedAt: instantColumn(),
    /** The digest before the last rotation, and until when it opens too. */
    formerDigest: text(),
    formerUntil: instantColumn(),
    revokedAt: instantColumn(),
  },
  (t) => [index("api_tokens_created").on(t.createdAt)],
);

/** A token with its digests; `former`: the one before the last rotation. */
export type StoredToken = {
  readonly token: ApiToken;
  readonly digest: string;
  readonly former: { readonly digest: string; readonly until: Instant } | null;
};

/** Tokens that are not revoked, at most: all are held in memory by each process. */
export const MOST_TOKENS = 1_000;

/** All tokens, oldest first: those that are good, and of the others as many as are read at once. */
export async function readApiTokens(db: QueryExecutor): Promise<readonly StoredToken[]> {
  const rows = await db
    .select()
    .from(apiTokensTable)
    .orderBy(sql`revoked_at desc nulls first`, asc(apiTokensTable.createdAt))
    .limit(2 * MOST_TOKENS);
  return rows.map(storedToken).toSorted((a, b) => a.token.createdAt - b.token.createdAt);
}

/** Stores a new token; "taken": there is, or was, one of this name; "full": there are too many. */
export async function insertApiToken(
  db: QueryExecutor,
  order: TokenOrder,
  digest: string,
  now: Instant,
): Promise<StoredToken | "taken" | "full"> {
  const [live] = await db.select({ n: count() }).from(apiTokensTable).where(isNull(apiTokensTable.revokedAt));
  if (live!.n >= MOST_TOKENS) return "full";
  const [row] = await db
    .insert(apiTokensTable)
    .values({
      name: order.name,
      digest,
      scopes: [...order.scopes],
      createdAt: new Date(now),
      createdBy: order.createdBy,
      expiresAt: dateOf(order.expiresAt),
    })
    .onConflictDoNothing()
    .returning();
  return row === undefined ? "taken" : storedToken(row);
}

/** Revokes a token that is not revoked; null: there is none. */
export async function revokeApiToken(db: QueryExecutor, name: string, now: Instant): Promise<StoredToken | null> {
  const [row] = await db
    .update(apiTokensTable)
    .set({ revokedAt: new Date(now), formerDigest: null, formerUntil: null })
    .where(and(eq(apiTokensTable.name, name), isNull(apiTokensTable.revokedAt)))
    .returning();
  return row === undefined ? null : storedToken(row);
}

/** Gives a token that is good another secret; the one before opens until an instant. null: there is no such token. */
export async function rotateApiToken(
  db: QueryExecutor,
  name: string,
  digest: string,
  { now, formerUntil }: { readonly now: Instant; readonly formerUntil: Instant },
): Promise<StoredToken | null> {
  const [row] = await db
    .update(apiTokensTable)
    .set({
      formerDigest: sql`case when ${formerUntil > now} then ${apiTokensTable.digest} end`,
      formerUntil: formerUntil > now ? new Date(formerUntil) : null,
      digest,
      rotatedAt: new Date(now),
    })
    .where(
      and(
        eq(apiTokensTable.name, name),
        isNull(apiTokensTable.revokedAt),
        or(isNull(apiTokensTable.expiresAt), gt(apiTokensTable.expiresAt, new Date(now))),
      ),
    )
    .returning();
  return row === undefined ? null : storedToken(row);
}

/** A token was used at an instant; what was written later stays. */
export async function touchApiToken(db: QueryExecutor, name: string, at: Instant): Promise<void> {
  const used = sql`${new Date(at).toISOString()}::timestamptz`;
  await db
    .update(apiTokensTable)
    .set({ lastUsedAt: sql`greatest(${apiTokensTable.lastUsedAt}, ${used})` })
    .where(eq(apiTokensTable.name, name));
}

function storedToken(row: typeof apiTokensTable.$inferSelect): StoredToken {
  return {
    token: {
      name: row.name,
      scopes: row.scopes,
      createdAt: row.createdAt.getTime(),
      createdBy: row.createdBy,
      expiresAt: instantOf(row.expiresAt),
      lastUsedAt: instantOf(row.lastUsedAt),
      rotatedAt: instantOf(row.rotatedAt),
      revokedAt: instantOf(row.revokedAt),
    },
    digest: row.digest,
    former:
      row.formerDigest === null || row.formerUntil === null
        ? null
        : { digest: row.formerDigest, until: row.formerUntil.getTime() },
  };
}

function instantOf(date: Date | null): Instant | null {
  return date === null ? null : date.getTime();
}

function dateOf(instant: Instant | null): Date | null {
  return instant === null ? null : new Date(instant);
}
