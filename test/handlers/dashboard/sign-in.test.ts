import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";

let app: TestApp;
let openId: SlackOpenId;
let now = (): number => NOW;
beforeAll(async () => {
  openId = await startSlackOpenId(() => now());
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
  now = () => app.time.now;
});
afterAll(async () => {
  expect(openId.violations).toEqual([]);
  await app.stop();
  await openId.stop();
});

describe("signing in with Slack", () => {
  test("is offered to visitors who are not signed in, beside tokens, and asks for no password", async () => {
    const response = await app.get("/incidents?status=open");
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, null]);
    const page = await response.text();
    expect(page).toContain('href="/sign-in/slack?back=%2Fincidents%3Fstatus%3Dopen"');
    expect(page).toContain('href="/sign-in/token"');
    expect((await app.get("/sign-in/token")).headers.get("www-authenticate")).toContain("Basic");
  });

  test("leads back to the requested page, as the person that Slack names", async () => {
    const browser = new BrowserSession(app);
    const back = await browser.signIn(openId, ALICE_PERSON, "/statistics?from=2026-11-01");
    expect([back.status, back.headers.get("location")]).toEqual([303, "/statistics?from=2026-11-01"]);
    expect(await (await browser.get("/")).text()).toContain("<span>Alice</span>");
  });

  test("keeps the session in a cookie that scripts cannot read and other sites do not send", async () => {
    const back = await new BrowserSession(app).signIn(openId, ALICE_PERSON);
    const session = back.headers.getSetCookie().find((each) => each.startsWith("__Host-muster-session="));
    for (const part of ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"]) expect(session).toContain(part);
  });

  test.each(["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])(
    "never leads to someone else: %s",
    async (elsewhere) => {
      const back = await new BrowserSession(app).signIn(openId, ALICE_PERSON, elsewhere);
      expect(new URL(back.headers.get("location")!, "https://muster.example").origin).toBe("https://muster.example");
    },
  );

  test("lets in only whom the policy lists where Slack cannot be asked who is a guest, and names the setting", async () => {
    const eve = new BrowserSession(app);
    const refused = await eve.signIn(openId, { id: "U0EVE0001", name: "Eve" });
    expect([refused.status, (await eve.get("/")).status]).toEqual([403, 401]);
    expect(await refused.text()).toMatch(/without SLACK_BOT_TOKEN.*admit\.guests: true/s);
  });

  test.each(["nonce", "audience", "issuer", "expired", "key", "none"] as const)(
    "is refused when the proof does not hold: %s",
    async (fault) => {
      const browser = new BrowserSession(app);
      expect((await browser.signIn(openId, { ...ALICE_PERSON, fault })).status).toBe(403);
      expect((await browser.get("/")).status).toBe(401);
    },
  );

  test("is refused to people of other workspaces", async () => {
    const back = await new BrowserSession(app).signIn(openId, { ...ALICE_PERSON, team: "T0OTHER" });
    expect([back.status, await back.text()]).toEqual([
      403,
      expect.stringContaining("only people of our Slack workspace"),
    ]);
  });

  test("reports that Slack is down", async () => {
    expect((await new BrowserSession(app).signIn(openId, { ...ALICE_PERSON, fault: "down" })).status).toBe(503);
  });

  test("is refused when it was started in another browser: no link signs a person in as another", async () => {
    const attacker = new BrowserSession(app);
    const sent = await attacker.get("/sign-in/slack");
    const link = new URL(openId.agree(sent.headers.get("location")!, { id: "U0MALLORY", name: "Mallory" }));
    const victim = new BrowserSession(app);
    expect((await victim.get(link.pathname + link.search)).status).toBe(400);
    await victim.get("/sign-in/slack");
    expect((await victim.get(link.pathname + link.search)).status).toBe(400);
    expect((await victim.get("/")).status).toBe(401);
  });
});

test("is limited for each network: what strangers begin is not all asked of the service", async () => {
  const other = await startApp({ settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
  const statuses = new Map<number, number>();
  for (let i = 0; i < 130; i++) {
    const { status } = await other.get(i % 2 === 0 ? "/sign-in/slack" : "/sign-in/slack/callback?code=x");
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect(Object.fromEntries(statuses)).toEqual({ 303: 60, 400: 60, 429: 10 });
  expect((await other.get("/sign-in/slack")).headers.get("retry-after")).toMatch(/^\d+$/);
  expect((await other.get("/api/incidents", { authorization: "Bearer secret" })).status).toBe(200);
  await other.stop();
});

describe("two tabs of one browser", () => {
  test.each([
    { name: "the order they began in", order: [0, 1] },
    { name: "the other order", order: [1, 0] },
  ])("both come back signed in, in $name", async ({ order }) => {
    const browser = new BrowserSession(app);
    const paths = ["/oncall", "/statistics"];
    const returns: string[] = [];
    for (const path of paths) returns.push(await browser.arriveAt(openId, ALICE_PERSON, path));
    for (const tab of order) {
      const back = await browser.get(returns[tab]!);
      expect([back.status, back.headers.get("location")]).toEqual([303, paths[tab]]);
      expect((await browser.get("/")).status).toBe(200);
    }
    expect([...browser.cookies.keys()].filter((name) => name.includes("sign-in"))).toEqual([]);
  });

  test("lose nothing by an answer that comes once more or too late", async () => {
    const browser = new BrowserSession(app);
    const late = await browser.arriveAt(openId, ALICE_PERSON, "/oncall");
    await browser.signIn(openId, ALICE_PERSON);
    app.time.now += 10 * MINUTE;
    for (const stale of [late, late, "/sign-in/slack/callback?code=x&state=y", "/sign-in/slack/callback"]) {
      const back = await browser.get(stale);
      expect([back.status, back.headers.get("location")]).toEqual([303, "/"]);
      expect(await (await browser.get("/")).text()).toContain("<span>Alice</span>");
    }
    app.time.now = NOW;
  });

  test("are not signed in as another by a link of someone else's", async () => {
    const attacker = new BrowserSession(app);
    const link = await attacker.arriveAt(openId, { id: "U0MALLORY", name: "Mallory" });
    const victim = new BrowserSession(app);
    await victim.signIn(openId, ALICE_PERSON);
    await victim.get(link);
    expect(await (await victim.get("/")).text()).toContain("<span>Alice</span>");
  });

  test("keep few cookies, however many sign-ins are begun", async () => {
    const browser = new BrowserSession(app);
    for (let i = 0; i < 12; i += 1) {
      app.time.now += 1_000;
      await browser.get("/sign-in/slack");
    }
    expect(browser.cookies.size).toBeLessThanOrEqual(5);
    const back = await browser.signIn(openId, ALICE_PERSON);
    expect(back.status).toBe(303);
    app.time.now = NOW;
  });
});

describe("a session", () => {
  test("ends by signing out", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    expect((await browser.post("/sign-out", {})).status).toBe(303);
    expect((await browser.get("/")).status).toBe(401);
  });

  test("expires after a week", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    app.time.now += 7 * 24 * HOUR + 1;
    expect((await browser.get("/")).status).toBe(401);
    app.time.now = NOW;
  });

  test.each([
    { name: "made up", change: () => randomBytes(32).toString("base64url") },
    { name: "cut off", change: (value: string) => value.slice(0, -1) },
    { name: "longer", change: (value: string) => `${value}A` },
    { name: "empty", change: () => "" },
  ])("is invalid when it is $name", async ({ change }) => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    browser.cookies.set("__Host-muster-session", change(browser.cookies.get("__Host-muster-session")!));
    expect((await browser.get("/")).status).toBe(401);
  });

  test("is not opened by another cookie of ours", async () => {
    const browser = new BrowserSession(app);
    await browser.get("/sign-in/slack");
    const attempt = [...browser.cookies].find(([name]) => name.startsWith("__Host-muster-sign-in-"))!;
    browser.cookies.set("__Host-muster-session", attempt[1]);
    expect((await browser.get("/")).status).toBe(401);
  });
});
