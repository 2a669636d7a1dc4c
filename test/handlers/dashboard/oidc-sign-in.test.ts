import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "drizzle-orm";
import { recheckSessions } from "#engine/response/session-checks.ts";
import { startKeycloakRealm, type KeycloakRealm } from "#test/support/doubles/keycloak/keycloak-double.ts";
import type { RealmPerson } from "#test/support/doubles/keycloak/realm-person.ts";
import { startApp, type TestApp, BrowserSession, realmSettings } from "#test/support/harness/app.ts";
import { automationRuntimeOf, aRunbookText, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

const SESSION_KEY = "a-key-of-the-environment-that-is-long-enough";
const RISKY = aRunbookText({ approve: "{ from: ['@drainers'], count: 2, expires: 2h }" })
  .replace("uses: sql.call", "uses: exec")
  .replace(
    "with: { datasource: orders, call: cancel-backends, pids: [7] }",
    "with: { argv: [/usr/local/bin/drain, now] }",
  );

const alice: RealmPerson = { sub: "f2c1", name: "Alice", email: "alice@example.com", groups: ["/oncall", "/sre"] };
const mallory: RealmPerson = { sub: "6d6d", name: "Mallory", groups: ["/sales"] };

let app: TestApp;
let realm: KeycloakRealm;
beforeAll(async () => {
  realm = await startKeycloakRealm(() => app?.time.now ?? NOW);
  const metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  app = await startApp({
    policy: {
      ...STAFFED_POLICY,
      people: { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, email: "Alice@Example.com" } },
      automation: { commands: ["/usr/local/bin/drain"] },
      signIn: { allow: ["/oncall", "/sre"], groups: { "@drainers": ["/sre"], "@admins": ["/sre"] } },
      access: { responders: ["anyone"], admins: ["@admins"] },
    },
    settings: {
      ...{ MUSTER_API_TOKENS: "secret", MUSTER_SESSION_KEY: SESSION_KEY, OIDC_TITLE: "Keycloak" },
      ...realmSettings(realm),
    },
    overrides: { automation: automationRuntimeOf(await catalogOf(RISKY), { metrics }, []) },
  });
  await app.fires({ alertname: "HighLatency", service: "order-service", severity: "P2" }, { startsAt: NOW });
});
beforeEach(() => {
  app.time.now = NOW;
});
afterAll(async () => {
  expect(realm.violations).toEqual([]);
  await app.stop();
  await realm.stop();
});

async function signedIn(person: RealmPerson): Promise<BrowserSession> {
  const browser = new BrowserSession(app);
  expect((await browser.signIn(realm, person)).status).toBe(303);
  return browser;
}

const statusOf = async (browser: BrowserSession): Promise<number> => (await browser.get("/")).status;
const stored = async (): Promise<readonly Record<string, unknown>[]> =>
  (await app.engine.connection.db.execute(sql`select * from sessions order by number`)).rows;

describe("signing in with an OpenID Connect provider", () => {
  test("is offered by its title, and leads back to the requested page", async () => {
    expect(await (await app.get("/oncall")).text()).toContain(
      'href="/sign-in/oidc?back=%2Foncall">Sign in with Keycloak',
    );
    const browser = new BrowserSession(app);
    const back = await browser.signIn(realm, alice, "/oncall");
    expect([back.status, back.headers.get("location")]).toEqual([303, "/oncall"]);
    expect(await (await browser.get("/")).text()).toContain("<span>Alice</span>");
  });

  test.each([
    "nonce",
    "audience",
    "issuer",
    "expired",
    "unknown-key",
    "unsigned",
    "symmetric",
    "no-nonce",
    "for-another-party",
    "of-the-future",
    "brings-its-own-key",
    "names-its-own-keys",
    "other-issuer-parameter",
  ] as const)("is refused when the proof does not hold: %s", async (fault) => {
    const browser = new BrowserSession(app);
    expect((await browser.signIn(realm, { ...alice, fault })).status).toBe(403);
    expect(await statusOf(browser)).toBe(401);
  });

  test("trusts a new key at once, and no longer the old one", async () => {
    await signedIn(alice);
    await realm.rotateKeys();
    await signedIn(alice);
  });

  test("redeems a code only with the verifier of the browser that asked for it", async () => {
    const [browser, other] = [new BrowserSession(app), new BrowserSession(app)];
    const answer = new URL(await browser.arriveAt(realm, alice), "https://muster.example");
    const others = new URL(await other.arriveAt(realm, mallory), "https://muster.example");
    others.searchParams.set("code", answer.searchParams.get("code")!);
    expect((await other.get(others.pathname + others.search)).status).toBe(403);
    expect(await statusOf(other)).toBe(401);
  });

  test("is refused to people of none of the groups that the policy lets in", async () => {
    const browser = new BrowserSession(app);
    const back = await browser.signIn(realm, mallory);
    expect([back.status, await back.text()]).toEqual([403, expect.stringContaining("Only people of /oncall, /sre")]);
    expect(await statusOf(browser)).toBe(401);
  });

  test("reports that the provider is unreachable, on the way there and on the way back", async () => {
    const answer = await new BrowserSession(app).signIn(realm, { ...alice, fault: "down" });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("Keycloak does not answer")]);
    realm.down = true;
    expect((await new BrowserSession(app).get("/sign-in/oidc")).status).toBe(503);
    realm.down = false;
    await signedIn(alice);
  });
});

describe("who someone is", () => {
  test("is the person of the policy with the address that the provider verified", async () => {
    const browser = await signedIn(alice);
    await browser.says("INC-1", "ack");
    await app.settles();
    expect(await app.engine.connection.db.execute(sql`select state from incidents where number = 1`)).toMatchObject({
      rows: [{ state: { acknowledgedBy: { id: ALICE_PERSON.id, name: "Alice" } } }],
    });
  });

  test("is no person of the policy when the address was not verified, or is another's", async () => {
    for (const person of [
      { ...alice, sub: "evil-1", name: "Eve", emailVerified: false },
      { ...alice, sub: "evil-2", name: "Eve", email: "eve@example.com" },
    ]) {
      const browser = await signedIn(person);
      await browser.says("INC-1", `note by ${person.sub}`);
      await app.settles();
      const { rows } = await app.engine.connection.db.execute(
        sql`select actor from commands where body like ${`%by ${person.sub}%`}`,
      );
      expect(rows).toMatchObject([{ actor: { id: `oidc:${person.sub}` } }]);
    }
  });

  test("lets administrators by a group of the provider see all sessions", async () => {
    const oncall = await signedIn({ ...mallory, sub: "oncall-1", name: "Dora", groups: ["/oncall"] });
    expect(await (await oncall.get("/sessions")).text()).not.toContain("Alice");
    const sre = await signedIn(alice);
    expect(await (await sre.get("/sessions")).text()).toContain("Dora");
  });
});

describe("approving what is of high risk", () => {
  const approve = async (browser: BrowserSession, asking: BrowserSession = browser): Promise<Response> =>
    browser.post("/runs/RUN-1/approval", {
      do: "approve",
      csrf: await browser.field("/runs/RUN-1", "csrf"),
      hash: await asking.field("/runs/RUN-1", "hash"),
    });

  test("needs a proof of the last five minutes: a session at the provider is none", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(realm, { ...alice, loggedInAt: NOW - HOUR });
    const page = await (await browser.get("/runs/RUN-1")).text();
    expect(page).toContain('href="/sign-in/oidc?fresh=1&amp;back=%2Fruns%2FRUN-1"');
    expect(page).not.toContain("this proves the browser");
    const sent = await approve(browser);
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/sign-in/oidc?fresh=1&back=%2Fruns%2FRUN-1"]);
  });

  test.each(["keeps-the-login", "no-auth-time"] as const)(
    "is refused when the provider does not ask again, or does not say when: %s",
    async (fault) => {
      const browser = new BrowserSession(app);
      const back = await browser.signIn(realm, { ...alice, loggedInAt: NOW - HOUR, fault }, "/runs/RUN-1", true);
      expect(back.status).toBe(403);
      await browser.signIn(realm, { ...alice, loggedInAt: NOW - HOUR, fault }, "/runs/RUN-1");
      expect((await approve(browser)).status).toBe(303);
    },
  );

  test("warns when the proof is a little too old for an approval, which clocks that differ let through", async () => {
    const browser = new BrowserSession(app);
    const person = { ...alice, loggedInAt: NOW - 5.5 * MINUTE, fault: "keeps-the-login" } as const;
    const back = await browser.signIn(realm, person, "/runs/RUN-1", true);
    expect([back.status, await back.text()]).toEqual([403, expect.stringContaining("within the last five minutes")]);
    expect((await approve(browser)).status).toBe(303);
  });

  test("is given by someone who signed in again, in the group that theirs stands for", async () => {
    const outsider = new BrowserSession(app);
    await outsider.signIn(realm, { ...mallory, sub: "o2", name: "Otto", groups: ["/oncall"] }, "/", true);
    // Their own page has no such form: the plan is that of someone else's.
    expect(await (await outsider.get("/runs/RUN-1")).text()).toContain("Only @drainers may approve");
    const refused = await approve(outsider, await signedIn(alice));
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining("Only @drainers may approve"),
    ]);
    const browser = new BrowserSession(app);
    const back = await browser.signIn(realm, { ...alice, loggedInAt: NOW - HOUR }, "/runs/RUN-1", true);
    expect([back.status, back.headers.get("location")]).toEqual([303, "/runs/RUN-1"]);
    const done = await approve(browser);
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining("1 more must agree")]);
  });
});

describe("the provider's word on someone who is signed in", () => {
  test("ends their session when they are disabled there, and takes new groups", async () => {
    await app.engine.connection.db.execute(sql`delete from sessions`);
    const bob = await signedIn({ sub: "b0b", name: "Bob", groups: ["/sre"] });
    const browser = await signedIn(alice);
    realm.disable(alice.sub);
    realm.regroup("b0b", ["/sales"]);
    app.time.now += 16 * MINUTE;
    await recheckSessions(app.engine);
    expect(await statusOf(browser)).toBe(401);
    expect(await statusOf(bob), "of no group that may come in").toBe(401);
    realm.regroup("b0b", ["/sre"]);
    for (let i = 0; i < 3; i += 1) {
      app.time.now += 16 * MINUTE;
      await recheckSessions(app.engine);
    }
    expect(await statusOf(bob)).toBe(200);
  });

  test("is asked with a token that the database has encrypted, and that is good in no other row", async () => {
    await app.engine.connection.db.execute(sql`delete from sessions`);
    const [first, second] = [await signedIn(alice), await signedIn({ sub: "b0b", name: "Bob", groups: ["/sre"] })];
    const rows = await stored();
    expect(rows.map((row) => row["renewal"])).toEqual([expect.stringMatching(/^[\w-]{80,}$/), expect.any(String)]);
    await app.engine.connection.db.execute(
      sql`update sessions set renewal = ${rows[0]!["renewal"] as string} where number = ${rows[1]!["number"] as number}`,
    );
    app.time.now += 16 * MINUTE;
    await recheckSessions(app.engine);
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 401]);
  });

  test("signs no one out while the provider is unreachable", async () => {
    const browser = await signedIn(alice);
    realm.down = true;
    app.time.now += 16 * MINUTE;
    await recheckSessions(app.engine);
    realm.down = false;
    expect(await statusOf(browser)).toBe(200);
  });
});

test("without a session key the provider is not asked again, and a session lasts twelve hours", async () => {
  const time = { now: NOW };
  const other = await startKeycloakRealm(() => time.now);
  const short = await startApp({
    settings: { MUSTER_API_TOKENS: "secret", ...realmSettings(other) },
    overrides: { clock: () => time.now },
  });
  const browser = new BrowserSession(short);
  await browser.signIn(other, alice);
  const { rows } = await short.engine.connection.db.execute(sql`select renewal from sessions`);
  expect(rows).toEqual([{ renewal: null }]);
  time.now += 12 * HOUR - 1;
  await recheckSessions(short.engine);
  expect(await statusOf(browser)).toBe(200);
  time.now += 1;
  expect(await statusOf(browser)).toBe(401);
  expect(other.violations).toEqual([]);
  await short.stop();
  await other.stop();
});
