import { createTokenRegistry } from "#app/access/token-registry.ts";
import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { DAY, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { pruneHistory } from "#db/retention.ts";

const COOKIE = "__Host-muster-session";

let app: TestApp;
let openId: SlackOpenId;
let alice: BrowserSession;
beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  app = await startApp({
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
    policy: { ...STAFFED_POLICY, access: { admins: ["bob"] } },
  });
});
beforeEach(async () => {
  app.time.now = NOW;
  await app.engine.connection.db.execute(sql`delete from sessions`);
  alice = await signedIn(ALICE_PERSON);
});
afterAll(async () => {
  expect(openId.violations).toEqual([]);
  await app.stop();
  await openId.stop();
});

async function signedIn(person: { readonly id: string; readonly name: string }): Promise<BrowserSession> {
  const browser = new BrowserSession(app);
  expect((await browser.signIn(openId, person)).status).toBe(303);
  return browser;
}

/** A browser with cookies that were copied from another one. */
function copyOf(other: BrowserSession): BrowserSession {
  const copy = new BrowserSession(app);
  for (const [name, value] of other.cookies) copy.cookies.set(name, value);
  return copy;
}

const statusOf = async (browser: BrowserSession): Promise<number> => (await browser.get("/")).status;
const rows = async (): Promise<readonly Record<string, unknown>[]> =>
  (await app.engine.connection.db.execute(sql`select * from sessions order by number`)).rows;

describe("a stolen cookie", () => {
  test("opens nothing after signing out", async () => {
    const thief = copyOf(alice);
    expect(await statusOf(thief)).toBe(200);
    await alice.post("/sign-out", {});
    expect(await statusOf(thief)).toBe(401);
    expect((await thief.post("/incidents/INC-1/verbs", { csrf: "x", key: "thief-key-1", text: "note x" })).status).toBe(
      401,
    );
  });

  test("opens nothing after the same browser signed in again", async () => {
    const thief = copyOf(alice);
    await alice.signIn(openId, ALICE_PERSON);
    expect([await statusOf(alice), await statusOf(thief)]).toEqual([200, 401]);
  });
});

describe("a copy of the database", () => {
  test("holds nothing that a browser could show, and no key that signs", async () => {
    await alice.get("/");
    const secret = alice.cookies.get(COOKIE)!;
    const { rows: tables } = await app.engine.connection.db.execute<{ name: string }>(
      sql`select tablename as name from pg_tables where schemaname = 'public'`,
    );
    let dump = "";
    for (const { name } of tables)
      dump += JSON.stringify(
        (await app.engine.connection.db.execute(sql.raw(`select to_json(t)::text from "${name}" t`))).rows,
      );
    expect(dump).toContain(createHash("sha256").update(secret).digest("base64url"));
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain('\\"dashboard\\"');
    const hash = String((await rows())[0]!["hash"]);
    const thief = new BrowserSession(app);
    for (const shown of [hash, Buffer.from(hash).toString("base64url"), hash.slice(0, 43)]) {
      thief.cookies.set(COOKIE, shown);
      expect(await statusOf(thief)).toBe(401);
    }
  });

  test("makes no token of a form: that needs the browser's own secret", async () => {
    const [mine, others] = [await alice.field("/sessions", "csrf"), await signedIn(ALICE_PERSON)];
    others.cookies.set("__Host-muster-visit", alice.cookies.get("__Host-muster-visit")!);
    expect(await others.field("/sessions", "csrf")).not.toBe(mine);
    expect((await others.post("/sessions", { csrf: mine, number: "1" })).status).toBe(403);
  });
});

describe("a session", () => {
  test("slides while it is used, and ends after a week without use", async () => {
    for (let day = 0; day < 12; day += 6) {
      app.time.now += 6 * DAY;
      expect(await statusOf(alice)).toBe(200);
    }
    app.time.now += 7 * DAY + 1;
    expect(await statusOf(alice)).toBe(401);
  });

  test("ends after 30 days, however much it is used", async () => {
    for (let day = 0; day < 29; day += 1) {
      app.time.now += DAY;
      expect(await statusOf(alice)).toBe(200);
    }
    app.time.now += DAY;
    expect(await statusOf(alice)).toBe(401);
  });

  test("is written down at most once a minute", async () => {
    const seen = async (): Promise<unknown> => (await rows())[0]!["seen_at"];
    const first = await seen();
    app.time.now += 59_000;
    await alice.get("/");
    expect(await seen()).toEqual(first);
    app.time.now += 1_000;
    await alice.get("/");
    expect(await seen()).not.toEqual(first);
  });

  test("that ended is forgotten after 30 days, and one that is open is not", async () => {
    await signedIn(BOB_PERSON);
    await alice.post("/sign-out", {});
    await pruneHistory(app.engine.connection.db, NOW + 29 * DAY, () => Promise.resolve());
    expect((await rows()).map((row) => row["ended_because"])).toEqual(["signed out", null]);
    await pruneHistory(app.engine.connection.db, NOW + 31 * DAY, () => Promise.resolve());
    expect((await rows()).map((row) => row["name"])).toEqual(["Bob"]);
  });
});

describe("the page of sessions", () => {
  test("lists a person's own sessions, and ends one of them", async () => {
    const phone = await signedIn(ALICE_PERSON);
    const bob = await signedIn(BOB_PERSON);
    const page = await (await alice.get("/sessions")).text();
    expect(page.match(/<td>Alice<\/td>/g)).toHaveLength(2);
    expect(page).not.toContain("Bob");
    const numbers = (await rows()).map((row) => String(row["number"]));
    const csrf = await alice.field("/sessions", "csrf");
    expect((await alice.post("/sessions", { csrf, number: numbers[2]! })).status).toBe(404);
    expect((await alice.post("/sessions", { csrf, number: numbers[1]! })).status).toBe(303);
    expect([await statusOf(alice), await statusOf(phone), await statusOf(bob)]).toEqual([200, 401, 200]);
  });

  test("lists everyone's for an administrator of the policy, who ends any", async () => {
    const bob = await signedIn(BOB_PERSON);
    expect(await (await bob.get("/sessions")).text()).toContain("<td>Alice</td>");
    const number = String((await rows())[0]!["number"]);
    expect((await bob.post("/sessions", { csrf: await bob.field("/sessions", "csrf"), number })).status).toBe(303);
    expect(await statusOf(alice)).toBe(401);
    expect((await rows())[0]).toMatchObject({ ended_because: "ended by Bob" });
  });

  test("shows nothing to a token, and ends nothing for it or by a form of another site", async () => {
    const token = new BrowserSession(app, "grafana:secret");
    const page = await token.get("/sessions");
    expect([page.status, (await page.text()).includes("Alice")]).toEqual([403, false]);
    const csrf = await alice.field("/sessions", "csrf");
    const number = String((await rows())[0]!["number"]);
    expect((await token.post("/sessions", { csrf, number })).status).toBe(403);
    expect((await alice.post("/sessions", { csrf, number }, { origin: "https://evil.example" })).status).toBe(403);
    expect(await statusOf(alice)).toBe(200);
  });
});

describe("the API of sessions", () => {
  test("lists who is signed in and ends a session, with the token of an admin only", async () => {
    const tokens = createTokenRegistry(app.engine.connection.db, () => app.time.now);
    const scopes = ["admin", "impersonate"] as const;
    const made = await tokens.create({ name: "ops", scopes, createdBy: "test", expiresAt: null });
    const authorization = `Bearer ${"secret" in made ? made.secret : ""}`;
    expect((await app.get("/api/sessions")).status).toBe(401);
    expect((await app.get("/api/sessions", { authorization: "Bearer secret" })).status).toBe(403);
    const { sessions } = (await (await app.get("/api/sessions", { authorization })).json()) as {
      sessions: { number: number; name: string }[];
    };
    expect(sessions.map(({ name }) => name)).toEqual(["Alice"]);
    expect(JSON.stringify(sessions)).not.toMatch(/hash|secret|renewal/);
    const path = `/api/sessions/${sessions[0]!.number}/revoke`;
    expect((await app.post(path, { as: "Bob" })).status).toBe(401);
    expect((await app.post(path, { as: "Bob" }, { authorization })).status).toBe(200);
    expect(await statusOf(alice)).toBe(401);
    expect((await app.post(path, { as: "Bob" }, { authorization })).status).toBe(404);
    expect((await app.post("/api/sessions/x/revoke", { as: "Bob" }, { authorization })).status).toBe(400);
  });
});

describe("live lines", () => {
  const listen = async (headers: Readonly<Record<string, string>>, stop: AbortSignal): Promise<number> => {
    const response = await fetch(`${app.url}/live?mark=0`, { headers, signal: stop });
    return response.status;
  };
  const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:secret`).toString("base64")}` });

  test("of one token are limited, whatever names it gives itself; people still get theirs", async () => {
    const stop = new AbortController();
    const statuses: number[] = [];
    for (let i = 0; i < 22; i += 1) statuses.push(await listen(basic(`bot-${i}`), stop.signal));
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429]);
    const cookie = Array.from(alice.cookies, ([name, value]) => `${name}=${value}`).join("; ");
    expect(await listen({ cookie }, stop.signal)).toBe(200);
    stop.abort();
  });

  test("end with the session", { timeout: 10_000 }, async () => {
    const cookie = Array.from(alice.cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${app.url}/live?mark=0`, { headers: { cookie } });
    expect(response.status).toBe(200);
    await alice.post("/sign-out", {});
    app.time.now += 60_000;
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part;
    expect(text).toContain("hello");
  });
});

test("every door instructs browsers to use https only, when people reach Muster by it", async () => {
  for (const path of ["/", "/health", "/api/incidents", "/webhooks/alertmanager", "/nothing"])
    expect((await app.get(path)).headers.get("strict-transport-security")).toBe("max-age=31536000");
  const plain = await startApp({ settings: { PUBLIC_URL: "http://127.0.0.1:3000" } });
  expect((await plain.get("/")).headers.get("strict-transport-security")).toBeNull();
  await plain.stop();
});
