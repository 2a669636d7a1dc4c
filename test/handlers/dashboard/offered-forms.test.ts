import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { ENDPOINT_LIST } from "#handlers/access/endpoint-list.ts";
import { BrowserSession, signInSettings, startApp, type TestApp } from "#test/support/harness/app.ts";
import { automationRuntimeOf, aRunbookText, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

const EVE = { id: "U0EVE0001", name: "Eve" };
const GINA = { id: "U0GINA001", name: "Gina" };

/** INC-1 fires and has a run that waits for @oncall, of whom Alice and Eve are; INC-2 was resolved; an alert was refused. */
let app: TestApp;
let openId: SlackOpenId;
const browsers: Record<string, BrowserSession> = {};

beforeAll(async () => {
  openId = await startSlackOpenId(() => NOW);
  const metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  const asking = aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 2h }" });
  app = await startApp({
    policy: {
      ...STAFFED_POLICY,
      admit: { guests: true },
      access: { responders: ["people", "@helpers"], admins: ["alice"] },
      permissions: { ack: ["@oncall"], close: ["commander"], postmortem: ["@oncall"], escalate: ["commander"] },
    },
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
    overrides: { automation: automationRuntimeOf(await catalogOf(asking), { metrics }) },
  });
  app.chat.groups.set("@oncall", [ALICE_PERSON.id, EVE.id]);
  app.chat.groups.set("@helpers", [GINA.id]);
  await app.fires({ alertname: "HighLatency", service: "order-service", severity: "P2" }, { startsAt: NOW });
  const says = (text: string) =>
    app.post("/api/verbs", { text, as: "Alice" }, { authorization: "Bearer secret" }).then(() => app.settles());
  await says("declare P3 something is odd");
  await says("INC-2 resolve it was nothing");
  await app.post("/webhooks/alertmanager", { alerts: "no list" });
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  for (const [name, scopes] of [
    ["reading", ["read"]],
    ["acting", ["respond"]],
  ] as const) {
    const made = await registry.create({ name, scopes, createdBy: "test", expiresAt: null });
    if ("refused" in made) throw new Error(made.refused);
    browsers[`a token to ${name === "reading" ? "read" : "respond"}`] = new BrowserSession(app, `x:${made.secret}`);
  }
  for (const [name, person] of Object.entries({
    "an administrator": ALICE_PERSON,
    "a responder": BOB_PERSON,
    "a responder by a group": GINA,
    "a viewer who approves": EVE,
    "a viewer": { id: "U0OLIVIA1", name: "Olivia" },
  }))
    await (browsers[name] = new BrowserSession(app)).signIn(openId, person);
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

/** Every page, about what there is. */
const PAGES = ENDPOINT_LIST.filter(({ method, path }) => method === "GET" && !/^\/(?:api|live|sign-in)\b/.test(path))
  .flatMap(({ path }) =>
    path.startsWith("/incidents/:id") ? [1, 2].map((n) => path.replace(":id", `INC-${n}`)) : path,
  )
  .map((path) => path.replace("/runs/:id", "/runs/RUN-1").replace(":section", "summary").replace(/:\w+/, "x"));

/** One thing that a page offers: the form of a button, as it would be sent. */
type Offer = { readonly page: string; readonly action: string; readonly fields: Record<string, string> };

function offersOn(page: string, text: string): Offer[] {
  return [...text.matchAll(/<form[^>]*method="post" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].flatMap(
    ([, action, inside]) => {
      const hidden = Object.fromEntries(
        [...inside!.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
          name!,
          value!,
        ]),
      );
      const typed = /<(?:input|textarea) name="(\w+)"/.exec(inside!)?.[1];
      const filled = typed === undefined ? {} : { [typed]: typed === "text" ? "note all is well" : "a reason" };
      const pressed = [...inside!.matchAll(/<button name="(\w+)" value="([^"]*)"/g)];
      return (pressed.length === 0 ? [[]] : pressed).map(([, name, value]) => ({
        page,
        action: action!.replaceAll("&#38;", "&"),
        fields: { ...hidden, ...filled, ...(name === undefined ? {} : { [name]: value! }) },
      }));
    },
  );
}

async function allOffers(browser: BrowserSession): Promise<Offer[]> {
  const found: Offer[] = [];
  for (const page of PAGES) found.push(...offersOn(page, await (await browser.get(page)).text()));
  return found;
}

const WHO = [
  "an administrator",
  "a responder",
  "a responder by a group",
  "a viewer who approves",
  "a viewer",
  "a token to read",
  "a token to respond",
];
const MAY_ACT = new Set(["an administrator", "a responder", "a responder by a group", "a token to respond"]);
const REFUSED = /This needs the role|permissions in muster\.yaml|may approve|Not for you|too old, or it is not ours/;

describe.each(WHO)("%s", (who) => {
  test("is offered nothing that would be refused, and reads once what their role lacks", async () => {
    const browser = browsers[who]!;
    const offers = (await allOffers(browser)).filter(({ action }) => action !== "/sign-out" && action !== "/sessions");
    if (MAY_ACT.has(who)) expect(offers.length).toBeGreaterThan(5);
    else expect(offers.filter(({ action }) => !action.startsWith("/runs/"))).toEqual([]);
    const approvals = offers.filter(({ action }) => action.startsWith("/runs/")).map(({ fields }) => fields["do"]);
    const approves = who === "an administrator" || who === "a viewer who approves";
    expect(approvals).toEqual(approves ? ["approve", "deny"] : []);
    for (const page of ["/incidents/INC-1", "/incidents/INC-1/postmortem", "/refused", "/dead-letters"]) {
      const notes = (await (await browser.get(page)).text()).match(/You may read, and not act/g) ?? [];
      expect([page, notes.length]).toEqual([page, MAY_ACT.has(who) ? 0 : 1]);
    }
  });
});

test("an approval that is offered to a viewer counts", async () => {
  const eve = browsers["a viewer who approves"]!;
  const [approval] = offersOn("/runs/RUN-1", await (await eve.get("/runs/RUN-1")).text()).filter(
    ({ fields }) => fields["do"] === "approve",
  );
  expect((await eve.post(approval!.action, approval!.fields)).status).toBe(200);
});

test("what is offered is done: every form of every page, as it is rendered", async () => {
  for (const who of WHO.filter((each) => MAY_ACT.has(each))) {
    for (const { page, action, fields } of await allOffers(browsers[who]!)) {
      if (action === "/sign-out" || action === "/sessions" || action.startsWith("/runs/")) continue;
      const answer = await browsers[who]!.post(action, fields);
      await app.settles();
      const shown = answer.status === 303 ? await browsers[who]!.get(answer.headers.get("location")!) : answer;
      const text = (/role="status">([^<]*)/.exec(await shown.text())?.[1] ?? "") + ` ${answer.status}`;
      expect([who, page, fields["text"], text]).toEqual([
        who,
        page,
        fields["text"],
        expect.not.stringMatching(REFUSED),
      ]);
      expect(answer.status, `${who} on ${page}: ${fields["text"]}`).not.toBe(403);
    }
  }
});

test("no view makes a form that changes something but by postForm", () => {
  const folder = "src/views/dashboard";
  const makers = readdirSync(folder).filter((file) =>
    readFileSync(`${folder}/${file}`, "utf8").includes('method="post"'),
  );
  expect(makers).toEqual(["page-frame.ts"]);
});
