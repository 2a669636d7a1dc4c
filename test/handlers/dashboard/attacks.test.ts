import { get as request } from "node:http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveAlerts } from "#db/alerts.ts";
import { saveIncidents } from "#db/incidents.ts";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { anIncident, aRoute } from "#test/support/builders/incidents.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

const alone = { ...aRoute(), members: [], oncall: [], escalation: [] };

let app: TestApp;
let openId: SlackOpenId;
let token: BrowserSession;
beforeAll(async () => {
  openId = await startSlackOpenId(() => NOW);
  const policy = { ...STAFFED_POLICY, admit: { guests: true } };
  app = await startApp({ policy, settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) } });
  token = new BrowserSession(app, "me:secret");
  const stored = [
    anIncident({ number: 1, summary: "what a \u0000 label \ud800 may hold" }),
    anIncident({ number: 2, key: "hidden", title: "the merger with Umbra", private: true, route: alone }),
  ];
  await saveIncidents(
    app.engine.connection.db,
    stored.map((state) => ({ uid: `u${state.number}`, state })),
  );
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

describe("signing in", () => {
  test.each([
    "/.//evil.example",
    "/..//evil.example/x",
    "/%2e//evil.example",
    "/a/..//evil.example",
    "/\t/evil.example",
    "/.\\evil.example",
    "///evil.example",
  ])("never redirects to another site: %j", async (elsewhere) => {
    const back = await new BrowserSession(app).signIn(openId, ALICE_PERSON, elsewhere);
    expect(back.status).toBe(303);
    expect(new URL(back.headers.get("location")!, "https://muster.example").origin).toBe("https://muster.example");
  });

  test.each<Record<string, string>>([
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { origin: "null" },
  ])("out cannot be done by another site: %j", async (headers) => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    expect((await browser.post("/sign-out", {}, headers)).status).toBe(403);
    expect((await browser.get("/")).status).toBe(200);
  });

  test("does not accept another cookie for a sign-in attempt", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    const stranger = new BrowserSession(app);
    const state = "y".repeat(32);
    stranger.cookies.set(`__Host-muster-sign-in-${state}`, browser.cookies.get("__Host-muster-session")!);
    expect((await stranger.get(`/sign-in/slack/callback?code=x&state=${state}`)).status).toBe(400);
  });
});

describe("a hand-crafted address", () => {
  test.each([
    ["/incidents?before=99999999999", 200],
    ["/incidents?before=1e300", 200],
    ["/incidents?before=-5", 200],
    ["/incidents?service=%00", 200],
    ["/incidents?service=a&service=b&status[x]=y&priority=__proto__", 200],
    ["/incidents/INC-1?kind=constructor&text=%00&page=1e300", 200],
    ["/incidents/INC-1?page=-99999999999999999999", 200],
    ["/incidents/INC-1?said=%00aaaaaaaaaa", 200],
    ["/incidents/INC-1?of=1~u1", 200],
    ["/incidents/INC-1?of[x]=%00&of[y]=1~deadbeef", 200],
    ["/incidents/INC-999999999", 200, 404],
    ["/incidents/INC-99999999999", 200, 404],
    ["/incidents/%E0%A4%A", 400],
    ["/runbooks/%2e%2e%2fsecret", 404],
    ["/runbooks/__proto__", 404],
    ["/statistics?from=9999-01-01&to=0001-01-01&service=%00", 200],
    ["/statistics?from=2026-11-20&to=2099-12-31", 200],
    ["/live?incident=INC-99999999999&mark=x", 404],
    ["/live?incident=INC-1&incident=INC-1", 404],
  ] as const)("%s is answered with %i", async (path, ...statuses) => {
    const response = await token.get(path);
    expect(statuses).toContain(response.status);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("cache-control")).toContain("no-store");
    await response.body?.cancel();
  });

  test("is answered with a page, even when the input is too long", async () => {
    const response = await token.post("/incidents/INC-1/verbs", { text: "x".repeat(100_000) });
    expect([response.status, response.headers.get("content-type")]).toEqual([413, "text/html; charset=utf-8"]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("stores a text without the characters that no database accepts", async () => {
    const response = await token.says("INC-1", "note a\0b");
    expect(response.status).toBe(303);
    await app.settles();
    expect(await (await token.get("/incidents/INC-1")).text()).toContain("a");
  });

  test("a name with characters that JSON in the database refuses breaks no list", async () => {
    const odd = new BrowserSession(app, "me\0:secret");
    expect((await odd.says("INC-1", "update we look")).status).toBe(303);
    await app.post("/api/verbs", { as: "al\0ice", text: "ack", incident: "INC-1" }, { authorization: "Bearer secret" });
    await app.settles();
    const { rows } = await app.engine.connection.db.execute<{ odd: boolean }>(
      sql`select position('al' || chr(92) || 'u0000' in state::text) + position('me' || chr(92) || 'u0000' in state::text) > 0 as odd from incidents`,
    );
    expect(rows.map(({ odd: is }) => is)).not.toContain(true);
  });

  test("HEAD is answered and ends, also where a line would stay open", async () => {
    const url = new URL("/live", app.url);
    const headers = { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` };
    const ended = await new Promise<number>((resolve, reject) => {
      const sent = request(url, { method: "HEAD", headers, agent: false }, (response) => {
        response.resume();
        response.on("end", () => sent.once("close", () => resolve(response.statusCode!)));
      });
      sent.setTimeout(2_000, () => sent.destroy(new Error("the line stays open")));
      sent.on("error", reject);
    });
    expect(ended).toBe(200);
  });
});

test("a forgotten outcome blocks no page", async () => {
  const elapsed = stopwatch();
  const page = await (await token.get("/incidents/INC-1?said=forgotten-long-ago")).text();
  expect(page).not.toContain("Stored; it will be done");
  // An outcome that is still to come is waited for five seconds.
  expect(elapsed()).toBeLessThan(5_000);
});

test("a P0 stays on the page of open incidents behind any number of less urgent ones", async () => {
  const crowd = Array.from({ length: 210 }, (_, i) =>
    anIncident({ number: 1_001 + i, key: `crowd ${i}`, priority: "P4", status: "triggered" }),
  );
  const stored = [
    anIncident({ number: 1_000, key: "the one", title: "checkout is down", priority: "P0", status: "triggered" }),
    ...crowd,
  ];
  await saveIncidents(
    app.engine.connection.db,
    stored.map((state) => ({ uid: `u${state.number}`, state })),
  );
  const page = await (await token.get("/")).text();
  expect(page).toContain("checkout is down");
  expect(page.indexOf("checkout is down")).toBeLessThan(page.indexOf("INC-1050"));
  expect(page).toContain("More are open, none of them more urgent");
});

test.each(["service=%00", "cursor=99999999999", "cursor=1e300", "cursor=x"])(
  "the API answers ?%s with 400",
  async (query) => {
    const response = await app.get(`/api/incidents?${query}`, { authorization: "Bearer secret" });
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/"(?:service|cursor): /)]);
  },
);

test("API answers are not cached by browsers and not sniffed as pages", async () => {
  const { headers } = await app.get("/api/incidents", { authorization: "Bearer secret" });
  expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
});

test.each(["", "/postmortem", "/postmortem.md", "/postmortem/summary"])(
  "a link of before a restore to %j is refused in words, and leads to the incident of today",
  async (path) => {
    const response = await token.get(`/incidents/INC-1${path}?of=1~deadbeef`);
    const page = await response.text();
    expect(response.status).toBe(410);
    expect(page).toContain("This is about another INC-1, from before the database was restored");
    expect(page).toContain('href="/incidents/INC-1?of=1~u1"');
    expect(page).not.toContain("what a ");
  },
);

test("a section that was written before a restore is not saved onto today's incident of the number, and is given back", async () => {
  const path = "/incidents/INC-1/postmortem/summary";
  const of = await token.field(path, "of");
  expect(of).toBe("1~u1");
  const saves = async (reference: string, text: string): Promise<Response> =>
    token.post(path, { csrf: await token.field(path, "csrf"), of: reference, base: "0", text });
  const refused = await saves("1~deadbeef", "Orders <were> late.");
  const page = await refused.text();
  expect(refused.status).toBe(410);
  expect(page).toContain("This is about another INC-1, from before the database was restored");
  expect(page).toContain("<pre>Orders &#60;were&#62; late.</pre>");
  expect(await token.field(path, "base")).toBe("0");
  expect((await saves(of, "Orders were late.")).status).toBe(303);
  expect(await token.field(path, "base")).toBe("1");
});

test("every form of an incident's pages names which incident of its number it is about", async () => {
  for (const path of ["/incidents/INC-1", "/incidents/INC-1/postmortem", "/incidents/INC-1/postmortem/summary"]) {
    const page = await (await token.get(path)).text();
    const forms = [...page.matchAll(/<form[^>]*method="post"[^>]*action="\/incidents\/[\s\S]*?<\/form>/g)];
    expect([path, forms.length]).not.toEqual([path, 0]);
    for (const [form] of forms) expect(form).toContain('name="of" value="1~u1"');
  }
});

test("every link to an incident names which incident of its number it leads to", async () => {
  const own = ["", "/postmortem", "/postmortem/summary"].map((page) => `/incidents/INC-1${page}`);
  let text = "";
  for (const path of ["/", "/incidents", "/noise", "/statistics", ...own]) text += await (await token.get(path)).text();
  const links = [...text.matchAll(/href="(\/incidents\/INC-[^"]*)"/g)];
  expect(links.length).toBeGreaterThan(6);
  for (const [, link] of links) expect(link).toMatch(/\?of=(\d+)~u\1/);
});

describe("a private incident", () => {
  test.each([
    "timeline INC-2",
    "status INC-2",
    "note INC-2 hello",
    "merge INC-2",
    "postmortem INC-2",
    "runbook INC-2",
    "list",
    "stats",
    "task INC-2 x",
    "title INC-2",
  ])("is not revealed by “%s” on the page of another one", async (text) => {
    const response = await token.says("INC-1", text);
    await app.settles();
    const location = response.headers.get("location");
    const shown = (await response.text()) + (location === null ? "" : await (await token.get(location)).text());
    expect(shown).not.toMatch(/Umbra/);
  });

  test("is in no page, count, file or line of people outside of it", async () => {
    const stranger = new BrowserSession(app);
    await stranger.signIn(openId, { id: "U0EVE0001", name: "Eve" });
    for (const browser of [token, stranger]) {
      for (const path of ["/", "/incidents", "/statistics", "/noise", "/oncall"])
        expect(await (await browser.get(path)).text()).not.toContain("Umbra");
      for (const path of ["", "/postmortem", "/postmortem.md", "/postmortem/summary"])
        expect((await browser.get(`/incidents/INC-2${path}`)).status).toBe(404);
      expect((await browser.get("/live?incident=INC-2&mark=1")).status).toBe(404);
    }
  });

  test("pushes nothing that everyone may see out of a list that shows only the first", async () => {
    const flapping = (n: number, incident: number) =>
      anAlert({
        fingerprint: `f${incident}-${n}`,
        incident,
        annotations: { summary: incident === 2 ? "Umbra" : "OpenToAll" },
        flaps: 100 - n,
        suppressedUntil: NOW + HOUR,
        suppressedBecause: "maintenance",
        lastSeenAt: NOW - n * 1_000,
      });
    await saveAlerts(app.engine.connection.db, [
      ...Array.from({ length: 70 }, (_, n) => flapping(n, 2)),
      flapping(71, 1),
    ]);
    const page = await (await token.get("/noise")).text();
    expect(page).not.toContain("Umbra");
    // Among those that flap, and among those that are held back.
    expect(page.match(/OpenToAll/g)).toHaveLength(2);
  });

  test("changes the live mark for its members only", async () => {
    const mark = async (browser: BrowserSession): Promise<string> =>
      /data-live="([^"]+)"/.exec(await (await browser.get("/")).text())![1]!;
    const alice = new BrowserSession(app);
    await alice.signIn(openId, ALICE_PERSON);
    const [others, hers] = [await mark(token), await mark(alice)];
    const hidden = { number: 3, key: "k3", private: true, route: alone } as const;
    const state = anIncident({ ...hidden, declaredBy: ALICE_PERSON, openedAt: NOW + HOUR });
    await saveIncidents(app.engine.connection.db, [{ uid: "u3", state }]);
    expect(await mark(token)).toBe(others);
    expect(await mark(alice)).not.toBe(hers);
  });
});
