import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { ENDPOINT_LIST, findEndpoint, type AccessEndpoint } from "#handlers/access/endpoint-list.ts";
import { reachesRole, type AccessRole } from "#domain/values/access/access-role.ts";
import type { TokenScope } from "#domain/values/access/token-scope.ts";
import { BrowserSession, SIGNING_SECRET, signInSettings, startApp, type TestApp } from "#test/support/harness/app.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

const API_TOKEN = "a token of the setting";
const WEBHOOK_TOKEN = "a token of webhooks";
const EVE = { id: "U0EVE0001", name: "Eve" };
const OSCAR = { id: "U0OSCAR01", name: "Oscar" };

/** Someone who asks: by what, and what that is good for. "unknown": no one believes it; null: it is good and opens nothing. */
type AccessActor = {
  readonly name: string;
  readonly role: AccessRole | null | "unknown";
  readonly token?: string;
  readonly person?: { readonly id: string; readonly name: string };
};

const NAMED: Readonly<Record<string, readonly TokenScope[]>> = {
  ingest: ["ingest:alertmanager"],
  read: ["read"],
  respond: ["respond"],
  impersonate: ["respond", "impersonate"],
  "approve-none": ["respond", "approve:none"],
  admin: ["admin"],
  expired: ["admin"],
  revoked: ["admin"],
};

const ACTORS: readonly AccessActor[] = [
  { name: "none", role: "unknown" },
  { name: "wrong", role: "unknown", token: "a token that no one has given out" },
  { name: "webhook token", role: "unknown", token: WEBHOOK_TOKEN },
  { name: "expired", role: "unknown" },
  { name: "revoked", role: "unknown" },
  { name: "ingest", role: null },
  { name: "read", role: "viewer" },
  { name: "respond", role: "responder" },
  { name: "impersonate", role: "responder" },
  { name: "approve-none", role: "responder" },
  { name: "setting", role: "responder", token: API_TOKEN },
  { name: "admin", role: "admin" },
  { name: "outsider", role: null, person: OSCAR },
  { name: "viewer", role: "viewer", person: EVE },
  { name: "responder", role: "responder", person: BOB_PERSON },
  { name: "administrator", role: "admin", person: ALICE_PERSON },
];

let app: TestApp;
let openId: SlackOpenId;
const secrets: Record<string, string> = {};
const browsers = new Map<string, BrowserSession>();

beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  app = await startApp({
    policy: {
      ...STAFFED_POLICY,
      access: { viewers: ["@staff"], responders: ["people"], admins: ["alice"] },
    },
    settings: {
      PUBLIC_URL: "https://muster.example",
      MUSTER_API_TOKENS: API_TOKEN,
      MUSTER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
      SLACK_BOT_TOKEN: "xoxb-test",
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      PAGERDUTY_ROUTING_KEY: "k",
      PAGERDUTY_WEBHOOK_SECRETS: "a secret of the pager",
      ...signInSettings(openId),
    },
  });
  app.chat.groups.set("@staff", [EVE.id]);
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  for (const [name, scopes] of Object.entries(NAMED)) {
    const expiresAt = name === "expired" ? NOW + MINUTE : null;
    const made = await registry.create({ name, scopes, createdBy: "test", expiresAt });
    if ("refused" in made) throw new Error(made.refused);
    secrets[name] = made.secret;
  }
  await registry.revoke("revoked");
  app.time.now += HOUR;
  await app.post("/api/verbs", { text: "declare P3 something is odd", as: "Alice" }, bearer(API_TOKEN));
  await app.settles();
  for (const { name, person } of ACTORS)
    if (person !== undefined) {
      const browser = new BrowserSession(app);
      await browser.signIn(openId, person);
      browsers.set(name, browser);
    }
  // Good tokens come first: after many wrong ones from an address only what was good before is accepted there.
  for (const { name, role, token = secrets[name] } of ACTORS)
    if (role !== "unknown" && token !== undefined) await app.get("/api/me", bearer(token));
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

const REAL: Readonly<Record<string, string>> = {
  "/api/incidents/:id": "INC-1",
  "/incidents/:id": "INC-1",
};

function pathOf({ path }: AccessEndpoint): string {
  const id = Object.entries(REAL).find(([front]) => path.startsWith(front))?.[1] ?? "RUN-1";
  return path.replace(":id", id).replace(":section", "summary").replaceAll(/:\w+/g, "x");
}

/** The status of an answer to someone's request, whole forms of ours included. */
async function ask(actor: AccessActor, method: string, path: string): Promise<number> {
  const token = actor.token ?? secrets[actor.name];
  const browser = browsers.get(actor.name);
  const headers: Record<string, string> = token === undefined ? {} : { ...bearer(token) };
  let response: Response;
  if (browser !== undefined && method === "GET") response = await browser.get(path);
  else if (method === "GET") response = await app.get(path, headers);
  else if (path.startsWith("/api/") || path.startsWith("/webhooks/") || path.startsWith("/slack/"))
    response = await app.post(path, {}, { ...headers, ...cookieOf(browser) }, method);
  else {
    const asking = browser ?? new TokenBrowser(token);
    response = await asking.post(path, { csrf: await asking.field("/incidents/INC-1", "csrf") });
  }
  await response.body?.cancel();
  return response.status;
}

function cookieOf(browser: BrowserSession | undefined): Record<string, string> {
  return browser === undefined
    ? {}
    : { cookie: Array.from(browser.cookies, ([name, value]) => `${name}=${value}`).join("; ") };
}

/** A browser whose every request shows a token. */
class TokenBrowser {
  readonly #headers: Record<string, string>;
  constructor(token: string | undefined) {
    this.#headers = token === undefined ? {} : { ...bearer(token) };
  }
  async field(path: string, name: string): Promise<string> {
    const page = await app.get(path, this.#headers);
    const [cookie] = page.headers.getSetCookie();
    if (cookie !== undefined) this.#headers["cookie"] = cookie.split(";")[0]!;
    return new RegExp(`name="${name}" value="([^"]*)"`).exec(await page.text())?.[1] ?? "";
  }
  post(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
    const own = { "content-type": "application/x-www-form-urlencoded", origin: "https://muster.example" };
    return app.post(path, new URLSearchParams(form).toString(), { ...own, ...this.#headers });
  }
}

/** What someone may be answered: "401", "403", or that they are let in. 429: wrong tokens come too often. */
function expected(actor: AccessActor, { path, needs }: AccessEndpoint): "unknown" | "refused" | "in" {
  if (actor.role === "unknown" || (actor.person !== undefined && path.startsWith("/api/"))) return "unknown";
  // Sessions are of people: a token has none.
  if (path === "/sessions" && actor.person === undefined) return "refused";
  // Its pages have no form, and no token answers what a run asks.
  if (path === "/runs/:id/approval" && actor.person === undefined && actor.role === "viewer") return "refused";
  return reachesRole(actor.role, needs) ? "in" : "refused";
}

function admissionOf(status: number): "unknown" | "refused" | "in" {
  if (status === 401 || status === 429) return "unknown";
  return status === 403 ? "refused" : "in";
}

describe.each(ACTORS)("$name", (actor) => {
  test("is let in where its role reaches, and nowhere else", async () => {
    const answers: string[] = [];
    const wanted: string[] = [];
    for (const endpoint of ENDPOINT_LIST) {
      const line = `${endpoint.method} ${endpoint.path}`;
      answers.push(`${line}: ${admissionOf(await ask(actor, endpoint.method, pathOf(endpoint)))}`);
      wanted.push(`${line}: ${expected(actor, endpoint)}`);
    }
    expect(answers).toEqual(wanted);
  });

  test("delivers alerts with a token for that source alone", async () => {
    for (const { name, methods } of app.engine.webhookSources) {
      const opens = actor.name === "webhook token" || (actor.name === "ingest" && name === "alertmanager");
      const status = await ask(actor, methods[0]!, `/webhooks/${name}`);
      expect([name, admissionOf(status)]).toEqual([name, opens ? "in" : expect.stringMatching(/unknown|refused/)]);
    }
  });

  test("opens no door of signatures, and finds no address that is in no list", async () => {
    for (const path of ["/webhooks/pagerduty", "/slack/events"]) expect(await ask(actor, "POST", path)).toBe(401);
    for (const [method, path] of [
      ["GET", "/api/nowhere"],
      ["GET", "/nowhere"],
      ["DELETE", "/api/incidents/INC-1"],
      ["GET", "/api/verbs"],
      ["GET", "/oncall/guessed/schedule/orders.ics"],
    ] as const)
      expect([401, 403, 404, 429]).toContain(await ask(actor, method, path));
    expect(await ask(actor, "GET", "/health/live")).toBe(200);
  });
});

test.each([
  { who: "a guest of many channels", user: { is_restricted: true } },
  { who: "a guest of one channel", user: { is_ultra_restricted: true } },
  { who: "a bot", user: { is_bot: true } },
  { who: "someone of another workspace", user: { team_id: "T0THEIRS1" } },
  { who: "someone who was deactivated", user: { deleted: true } },
])("$who signs in to no page, and is refused by the rule of Slack's own doors", async ({ user }) => {
  openId.users.set("U0GUEST01", user);
  const browser = new BrowserSession(app);
  const answer = await browser.signIn(openId, { id: "U0GUEST01", name: "Gus" });
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringMatching(/Muster does nothing for|does not list you/),
  ]);
  expect((await browser.get("/")).status).toBe(401);
});

test("every address behind a token or a session that has a handler is in the list, and the other way round", () => {
  const declared = ENDPOINT_LIST.map(({ method, path }) => `${method} ${path}`);
  const handled = globSync(["handlers/api/*.ts", "handlers/dashboard/*.ts"]).flatMap((file) => {
    const prefix = file.startsWith("handlers/api/") ? "/api" : "";
    return Array.from(
      readFileSync(file, "utf8").matchAll(/\brouter\.(get|post|put|patch|delete|all)\(\s*"([^"]+)"/g),
      ([, method, path]) => `${method!.toUpperCase()} ${prefix}${path}`,
    );
  });
  // Signing out needs no role, and is answered before anyone is asked who they are.
  const open = ["POST /sign-out"];
  expect(handled.length).toBeGreaterThan(40);
  expect(handled.filter((each) => !open.includes(each)).toSorted()).toEqual([...declared].toSorted());
});

test.each([
  ["GET", "/api/incidents/INC-1/", "/api/incidents/:id"],
  ["HEAD", "/API/Incidents?x=/../y", "/api/incidents"],
  ["GET", "/incidents/INC-1/postmortem.md", "/incidents/:id/postmortem.md"],
  ["GET", "/", "/"],
  ["GET", "//api/incidents", null],
  ["GET", "/api//incidents", null],
  ["GET", "/api/incidents/", "/api/incidents"],
  ["GET", "/incidents//postmortem", null],
  ["POST", "/api/incidents", null],
  ["OPTIONS", "/api/incidents", null],
])("%s %s is %s", (method, url, path) => expect(findEndpoint(method, url)?.path ?? null).toBe(path));
