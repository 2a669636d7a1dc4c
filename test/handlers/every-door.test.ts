import { createHmac } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { ENDPOINT_LIST } from "#handlers/access/endpoint-list.ts";
import {
  BrowserSession,
  sendRaw,
  SIGNING_SECRET,
  signInSettings,
  startApp,
  watchMountedDoors,
  type MountedDoor,
  type TestApp,
} from "#test/support/harness/app.ts";
import { ALERT_DELIVERY, JSON_BODIES } from "#test/support/builders/doors/door-bodies.ts";
import {
  anyAddress,
  anyBody,
  anyHeaders,
  FORM_MARK,
  FORM_TYPE,
  JSON_TYPE,
} from "#test/support/builders/doors/odd-requests.ts";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { pagerDutyOf } from "#test/support/builders/doors/pagerduty.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

const SECRET = "a secret of the pager";
const API_TOKEN = "a token of the setting";
const WEBHOOK_TOKEN = "a token of webhooks";

let app: TestApp;
let openId: SlackOpenId;
let pager: PagerDutyDouble;
let doors: readonly MountedDoor[];
let browser: BrowserSession;
let csrf = "";
let admin = "";

beforeAll(async () => {
  pager = await startPagerDuty();
  openId = await startSlackOpenId(() => app.time.now);
  const watch = watchMountedDoors();
  app = await startApp({
    policy: { ...STAFFED_POLICY, access: { responders: ["people"], admins: ["alice"] }, auditors: ["anyone"] },
    settings: {
      MUSTER_API_TOKENS: API_TOKEN,
      MUSTER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
      SLACK_BOT_TOKEN: "xoxb-test",
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      PAGERDUTY_EVENTS_URL: pager.url,
      PAGERDUTY_WEBHOOK_SECRETS: SECRET,
      ...signInSettings(openId),
    },
    overrides: { paging: pagerDutyOf(pager) },
  }).finally(watch.restore);
  const alerts = app.engine.webhookSources.flatMap(({ name, methods }) =>
    methods.map((method) => ({ method, path: `/webhooks/${name}` })),
  );
  const found = [...watch.doors(), ...alerts].map(({ method, path }) => `${method} ${path}`);
  doors = Array.from(new Set(found), (each) => {
    const [method = "", path = ""] = each.split(" ");
    return { method, path };
  });
  const made = await createTokenRegistry(app.engine.connection.db, () => app.time.now).create({
    ...{ name: "administrator", scopes: ["admin", "impersonate"] as const, createdBy: "test", expiresAt: null },
  });
  if ("refused" in made) throw new Error(made.refused);
  admin = made.secret;
  // What was good before is good whatever wrong tokens come from its address.
  for (const token of [admin, API_TOKEN]) expect((await app.get("/api/me", bearer(token))).status).toBe(200);
  await app.post("/webhooks/alertmanager", ALERT_DELIVERY, bearer(WEBHOOK_TOKEN));
  await app.settles();
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
  await pager.close();
});

function slackProof(body: string | Buffer): Readonly<Record<string, string>> {
  const stamp = String(Math.floor(wallClock() / 1_000));
  const signature = createHmac("sha256", SIGNING_SECRET).update(`v0:${stamp}:`).update(body).digest("hex");
  return { "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${signature}` };
}

const pagerProof = (body: string | Buffer): Readonly<Record<string, string>> => ({
  "x-pagerduty-signature": `v1=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
});

/** What shows a door that a body is of whom it should be. */
function proofOf(path: string, body: string | Buffer): Readonly<Record<string, string>> {
  if (path === "/slack/events") return slackProof(body);
  if (path === "/webhooks/pagerduty") return pagerProof(body);
  if (path.startsWith("/webhooks/")) return bearer(WEBHOOK_TOKEN);
  if (path.startsWith("/api/")) return bearer(admin);
  const cookie = Array.from(browser.cookies, ([name, value]) => `${name}=${value}`).join("; ");
  return { cookie, origin: "https://muster.example" };
}

/** What only Muster's code and its libraries write. */
const INSIDE =
  /\n\s+at |node:internal|node_modules|file:\/\/|\.ts:\d|\bFailed query|\b(?:select|insert into|update) .*\b(?:from|values|set)\b|Cannot read properties|is not a function|is not iterable/;

/** Doors that end what others need come last. */
const ENDING = ["/sign-out", "/sessions"];

/** Asks each of these doors so many times, in odd ways. */
async function attack(some: readonly MountedDoor[], numRuns: number): Promise<void> {
  const ordered = some.toSorted((a, b) => Number(ENDING.includes(a.path)) - Number(ENDING.includes(b.path)));
  for (const door of ordered) {
    const { method } = door;
    const asked = fc.asyncProperty(
      anyAddress(door.path),
      anyBody(door.path),
      anyHeaders,
      async (path, odd, headers) => {
        const proof = proofOf(door.path, odd.plain);
        const packed = odd.isPacked ? { "content-encoding": "gzip" } : {};
        const sent = { ...proof, "content-type": odd.type, ...packed, ...headers };
        const marked = typeof odd.body === "string" ? odd.body.replace(FORM_MARK, csrf) : odd.body;
        const body = method === "GET" ? {} : { body: marked };
        const { status, text, errors } = await sendRaw(app, { method, path, headers: sent, ...body });
        const answer = {
          fault: status >= 500 ? `${status} ${text}` : null,
          errors,
          inside: INSIDE.exec(text)?.[0] ?? null,
        };
        expect(answer).toEqual({ fault: null, errors: [], inside: null });
      },
    );
    await fc.assert(asked, { seed: 20_261_130, numRuns });
  }
}

const isSigned = ({ path }: MountedDoor): boolean => path === "/slack/events" || path === "/webhooks/pagerduty";
const isOfAlerts = (door: MountedDoor): boolean => door.path.startsWith("/webhooks/") && !isSigned(door);
const isOfApi = ({ path }: MountedDoor): boolean => path.startsWith("/api/");

/** Hundreds of requests each. */
const LONG = { timeout: 180_000 };

describe("whatever is asked, Muster answers it, by no fault of its own, and keeps to itself how it works:", () => {
  beforeAll(async () => {
    browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    csrf = await browser.field("/incidents/INC-1", "csrf");
    const form = new URLSearchParams({ csrf, text: "note it works", key: "abcdefgh-1" }).toString();
    const headers = { ...proofOf("/", ""), "content-type": FORM_TYPE };
    const right = await sendRaw(app, { method: "POST", path: "/incidents/INC-1/verbs", headers, body: form });
    expect(right.status).toBe(303);
  });

  test("by a signed request of Slack or PagerDuty", LONG, () => attack(doors.filter(isSigned), 400));
  test("by a delivery of alerts", LONG, () => attack(doors.filter(isOfAlerts), 100));
  test("by the API", LONG, () => attack(doors.filter(isOfApi), 20));
  test("by a page, a form or any other address", LONG, () => {
    const others = doors.filter((door) => !isSigned(door) && !isOfAlerts(door) && !isOfApi(door));
    return attack(others, 12);
  });

  test("and it works afterwards", async () => {
    await app.post("/webhooks/alertmanager", ALERT_DELIVERY, bearer(WEBHOOK_TOKEN));
    const declared = { text: "declare P3 it still works", as: "Alice" };
    const answer = await app.post("/api/verbs", declared, bearer(API_TOKEN));
    expect([answer.status, (await app.get("/health/ready")).status]).toEqual([202, 200]);
    await app.settles();
    const { incidents } = (await (await app.get("/api/incidents", bearer(API_TOKEN))).json()) as {
      incidents: { title: string }[];
    };
    expect(incidents.map(({ title }) => title)).toContain("it still works");
  });
});

test("every address of the list, and every door besides, is among those that are asked", () => {
  const asked = doors.map(({ method, path }) => `${method} ${path.replace(/muster\.\w+/, "muster")}`);
  const listed = ENDPOINT_LIST.map(({ method, path }) => `${method} ${path}`);
  const besides = [
    ...["GET /assets/muster.css", "GET /assets/muster.js", "GET /oncall/:key/:of/:file", "GET /metrics"],
    ...["GET /health", "GET /health/live", "GET /health/ready", "GET /health/startup"],
    ...["GET /sign-in/slack", "GET /sign-in/slack/callback", "POST /sign-out", "POST /slack/events"],
    ...["POST /webhooks/alertmanager", "POST /webhooks/grafana", "PUT /webhooks/grafana", "POST /webhooks/pagerduty"],
  ];
  expect(asked.toSorted()).toEqual([...listed, ...besides].toSorted());
});

const NO_OBJECTS = ["null", "[]", "[{}]", '"x"', "7", "true"];

test("JSON that is no object is its sender's error, in words, at every door that takes JSON", async () => {
  const taking = doors.filter(
    (door) => door.method !== "GET" && (isSigned(door) || isOfAlerts(door) || Object.hasOwn(JSON_BODIES, door.path)),
  );
  expect(taking.length).toBeGreaterThan(10);
  for (const { method, path: at } of taking) {
    const path = at.replace(/:\w+/, at.startsWith("/api/deadletters") ? "C1" : "INC-1");
    const asks = async (body: string, type: string): Promise<void> => {
      const headers = { ...proofOf(at, body), "content-type": type };
      const { status, text, errors } = await sendRaw(app, { method, path, headers, body });
      expect([method, path, body, status, text, errors]).toEqual([
        ...[method, path, body, 400, expect.stringMatching(/"error":".*(?:body|expected an? ).*"/i), []],
      ]);
    };
    for (const value of NO_OBJECTS) {
      await asks(value, JSON_TYPE);
      if (at === "/slack/events") await asks(`payload=${encodeURIComponent(value)}`, FORM_TYPE);
    }
  }
});
