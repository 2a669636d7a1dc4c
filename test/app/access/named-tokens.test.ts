import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTokenBook, type TokenBook } from "#app/access/token-book.ts";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { readApiTokens } from "#db/access/api-tokens.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import type { TokenRegistry } from "#domain/response/api-token.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { DAY, HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { freshDatabase, type TestDatabase } from "#test/support/harness/servers/test-database.ts";

let database: TestDatabase;
let connection: DatabaseConnection;
let registry: TokenRegistry;
const time = { now: NOW };
const errors: unknown[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  connection = await openDatabase({ kind: "server", url: database.url, connections: 2 }, () => {});
  time.now = NOW;
  errors.length = 0;
  registry = createTokenRegistry(connection.db, () => time.now);
});
afterEach(async () => {
  await connection.close();
  await database.drop();
});

/** The tokens as another process reads them. */
function aBook(): TokenBook {
  const elapsed = (): (() => number) => {
    const start = time.now;
    return () => time.now - start;
  };
  return createTokenBook(
    connection.db,
    () => time.now,
    elapsed,
    (error) => errors.push(error),
    pauseOnTheClock,
  );
}

const pauseOnTheClock = (ms: number): Promise<void> => {
  time.now += ms;
  return Promise.resolve();
};

async function aToken(
  name: string,
  scopes: readonly TokenScope[] = ["respond"],
  expiresAt: number | null = null,
): Promise<string> {
  const made = await registry.create({ name, scopes, createdBy: "alice", expiresAt });
  if ("refused" in made) throw new Error(made.refused);
  return made.secret;
}

const kindOf = async (book: TokenBook, secret: string): Promise<string> => (await book.find(secret)).kind;

describe("a named token", () => {
  test("has a secret of 256 random bits, of which the database has a digest only", async () => {
    const secret = await aToken("ci-bot");
    expect(secret).toMatch(/^mst_[\w-]{43}$/);
    expect(await aToken("other")).not.toBe(secret);
    const { rows } = await connection.db.execute<{ row: string }>(
      sql`select row_to_json(t)::text as row from api_tokens t`,
    );
    expect(rows.map(({ row }) => row).join()).not.toContain(secret.slice(4, 20));
    expect(rows[0]!.row).toMatch(/"digest":"[0-9a-f]{64}"/);
  });

  test("opens what its scopes say, at once", async () => {
    const book = aBook();
    expect(await kindOf(book, "mst_unknown")).toBe("unknown");
    const secret = await aToken("ci-bot", ["read", "ingest:grafana"]);
    time.now += SECOND;
    expect(await book.find(secret)).toMatchObject({
      kind: "good",
      token: { name: "ci-bot", scopes: ["read", "ingest:grafana"], createdBy: "alice", lastUsedAt: null },
    });
    expect(await kindOf(book, secret.slice(0, -1))).toBe("unknown");
    expect(await kindOf(book, `${secret}x`)).toBe("unknown");
  });

  test("ends when it expires", async () => {
    const book = aBook();
    const secret = await aToken("ci-bot", ["respond"], NOW + HOUR);
    expect(await kindOf(book, secret)).toBe("good");
    time.now = NOW + HOUR;
    expect(await book.find(secret)).toEqual({ kind: "expired", name: "ci-bot" });
    expect(await registry.rotate("ci-bot", 0)).toHaveProperty("refused");
    expect(await registry.create({ name: "late", scopes: ["read"], createdBy: "a", expiresAt: NOW })).toEqual({
      refused: "it would have expired already",
    });
  });

  test("that is revoked ends within five seconds in every process, and its name is given to no other", async () => {
    const books = [aBook(), aBook()];
    const secret = await aToken("ci-bot");
    for (const book of books) expect(await kindOf(book, secret)).toBe("good");
    await registry.revoke("ci-bot");
    time.now += 5 * SECOND + 1;
    for (const book of books) expect(await book.find(secret)).toEqual({ kind: "revoked", name: "ci-bot" });
    expect(await registry.revoke("ci-bot")).toHaveProperty("refused");
    expect(await registry.create({ name: "ci-bot", scopes: ["read"], createdBy: "a", expiresAt: null })).toEqual({
      refused: "there is or was a token called ci-bot: rotate it, or choose another name",
    });
  });

  test("that is rotated has a new secret; the one before is good until its grace ends", async () => {
    const book = aBook();
    const first = await aToken("ci-bot");
    const rotated = await registry.rotate("ci-bot", DAY);
    const second = "secret" in rotated ? rotated.secret : "";
    time.now += 6 * SECOND;
    expect([await kindOf(book, first), await kindOf(book, second)]).toEqual(["good", "good"]);
    time.now = NOW + DAY;
    expect([await book.find(first), await kindOf(book, second)]).toEqual([
      { kind: "replaced", name: "ci-bot" },
      "good",
    ]);
    await registry.rotate("ci-bot", 0);
    time.now += 6 * SECOND;
    expect([await kindOf(book, first), await kindOf(book, second)]).toEqual(["unknown", "unknown"]);
  });

  test.each(["", "two words", "-x", "a/b", "x".repeat(61), "ключ", "a\nb"])("is not called %j", async (name) =>
    expect(await registry.create({ name, scopes: ["read"], createdBy: "a", expiresAt: null })).toHaveProperty(
      "refused",
    ),
  );
});

describe("the last use", () => {
  test("is written once a minute at most, by each process, and never goes back", async () => {
    const book = aBook();
    const secret = await aToken("ci-bot");
    const lastUse = async (): Promise<number | null> => {
      await expect.poll(async () => (await readApiTokens(connection.db))[0]!.token.lastUsedAt).not.toBeNull();
      return (await readApiTokens(connection.db))[0]!.token.lastUsedAt;
    };
    await book.find(secret);
    expect(await lastUse()).toBe(NOW);
    time.now = NOW + 59 * SECOND;
    await book.find(secret);
    await aBook().find(secret);
    expect(await lastUse()).toBe(NOW);
    time.now = NOW + MINUTE;
    await book.find(secret);
    await expect.poll(lastUse).toBe(NOW + MINUTE);
  });
});

describe("when the database does not answer", () => {
  test("a token that was good goes on, and one that is unknown is not called wrong", async () => {
    const book = aBook();
    const secret = await aToken("ci-bot");
    expect(await kindOf(book, secret)).toBe("good");
    await connection.db.execute(sql`alter table api_tokens rename to gone`);
    time.now += MINUTE;
    expect(await kindOf(book, secret)).toBe("good");
    expect(await kindOf(book, "mst_never-seen")).toBe("unavailable");
    expect(await kindOf(aBook(), secret)).toBe("unavailable");
    expect(errors.length).toBeGreaterThan(0);
  });
});

test("strangers who try cause no query each", async () => {
  let queries = 0;
  const counted = { ...connection.db, select: (...args: []) => (queries++, connection.db.select(...args)) };
  const pauses: number[] = [];
  const book = createTokenBook(
    counted as typeof connection.db,
    () => time.now,
    () => () => 0,
    (error) => errors.push(error),
    (ms) => (pauses.push(ms), Promise.resolve()),
  );
  const strangers = (): Promise<unknown> => Promise.all(Array.from({ length: 200 }, (_, i) => book.find(`mst_${i}`)));
  await strangers();
  await strangers();
  expect([queries, pauses]).toEqual([2, [0, 250]]);
});

test("a new token opens at once, although strangers tried right before", async () => {
  const book = aBook();
  expect(await kindOf(book, "mst_stranger")).toBe("unknown");
  const other = book.find("mst_another");
  const secret = await aToken("ci-bot");
  expect([await kindOf(book, secret), (await other).kind]).toEqual(["good", "unknown"]);
});
