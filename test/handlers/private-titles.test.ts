import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDailyDigest } from "#engine/reporting/daily-digest.ts";
import { createWeeklyDigest } from "#engine/reporting/weekly-digest.ts";
import { ENDPOINT_LIST } from "#handlers/access/endpoint-list.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { dryRunChat } from "#integrations/dry-run/dry-run.ts";
import { BrowserSession, signInSettings, startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { DAY, HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

/** One word, so that it stays itself in names of channels and addresses. */
const TITLE = "zebrafish";
const PUBLIC_TITLE = "pelican";
const TOKEN = { authorization: "Bearer secret" };
const EVE = { id: "U0EVE0001", name: "Eve" };

/** A private incident of each priority, declared by Alice, one of them resolved while an alert fires; and a public one. */
let app: TestApp;
let openId: SlackOpenId;
const eve = (): BrowserSession => browser;
let browser: BrowserSession;

async function declares(priority: (typeof PRIORITIES)[number], title: string, hidden: boolean): Promise<void> {
  const declaration = {
    title,
    priority,
    private: hidden,
    page: true,
    drill: false,
    service: "order-service",
    summary: title,
  };
  await app.submit(
    aSubmission({ type: "incident.declare", declaration }, { actor: ALICE, key: `declare:${priority}:${title}` }),
  );
  await app.settles();
}

/** Alice sends words by the API, as a person of the policy. */
async function says(text: string): Promise<void> {
  let answered = false;
  const asked = app.post("/api/verbs", { text, as: "Alice" }, TOKEN).finally(() => (answered = true));
  await waitFor(async () => (await app.settles(), answered), { what: text });
  await asked;
}

beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  app = await startApp({
    policy: {
      ...STAFFED_POLICY,
      admit: { guests: true },
      people: { ...STAFFED_POLICY.people, alice: { ...STAFFED_POLICY.people.alice, api: "Alice" } },
      channels: { incidents: "incidents", digest: "digest" },
      teams: {
        ...STAFFED_POLICY.teams,
        orders: { ...STAFFED_POLICY.teams.orders, members: [], oncall: [], escalation: [] },
      },
    },
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
  });
  for (const priority of PRIORITIES) await declares(priority, TITLE, true);
  for (const priority of PRIORITIES) await declares(priority, PUBLIC_TITLE, false);
  for (let number = 1; number <= PRIORITIES.length; number++) {
    await says(`INC-${number} note ${TITLE} again`);
    await says(`INC-${number} update ${TITLE} goes on`);
    await says(`INC-${number} task feed the ${TITLE}`);
    await says(`INC-${number} handoff @bob`);
  }
  for (let i = 0; i < 8; i++) {
    app.time.now += 15 * MINUTE;
    await app.settles();
  }
  await says(`INC-1 resolve ${TITLE} is fed`);
  await says(`INC-2 cancel ${TITLE} was a false alarm`);
  await says(`INC-3 merge INC-4`);
  app.time.now += HOUR;
  await app.settles();
  for (let day = 0; day < 8; day++) {
    await createDailyDigest(app.engine, app.submit)();
    await createWeeklyDigest(app.engine, app.submit)();
    await app.settles();
    app.time.now += DAY;
  }
  await app.settles();
  browser = new BrowserSession(app);
  await browser.signIn(openId, EVE);
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});

/** Channels of private incidents: their members are inside. */
const ownChannels = (): ReadonlySet<string> =>
  new Set([...app.chat.channels.values()].filter(({ name }) => name.includes(TITLE)).map(({ id }) => id));

describe("the title of a private incident", () => {
  test("is in no message outside of its channel and its people's own, and a public one is where people look", () => {
    const elsewhere = app.chat.messages.filter(({ channel }) => !ownChannels().has(channel));
    expect(JSON.stringify(elsewhere)).toContain(PUBLIC_TITLE);
    expect(elsewhere.map(({ channel, text, blocks }) => `${channel}: ${text} ${JSON.stringify(blocks)}`)).toEqual(
      elsewhere.map(() => expect.not.stringContaining(TITLE) as string),
    );
    const people = [...app.chat.directs, ...app.chat.whispers].filter(({ text }) => text.includes(TITLE));
    for (const { user } of people) expect([ALICE.id, BOB_PERSON.id]).toContain(user);
    expect([...app.chat.homes].filter(([, home]) => JSON.stringify(home).includes(TITLE))).toEqual([]);
  });

  test.each([
    ["the pager", () => [app.paging.triggered, app.paging.notes, app.paging.described]],
    ["a ticket", () => [app.tickets.opened, app.tickets.comments]],
    ["the log", () => app.log.lines],
  ])("is not on %s", (_, shown) => {
    expect(JSON.stringify(shown())).not.toContain(TITLE);
  });

  test("is on no page of someone outside, in no answer of the API that did not ask for it, in no metric", async () => {
    const paths = ENDPOINT_LIST.filter(({ method, path }) => method === "GET" && path !== "/live").flatMap(({ path }) =>
      /^\/(?:api\/)?incidents\/:id/.test(path) ? PRIORITIES.map((_, i) => path.replace(":id", `INC-${i + 1}`)) : path,
    );
    for (const path of [...paths, "/metrics", "/health", "/health/ready", "/incidents?status=over"]) {
      const whole = path.replace(":section", "summary").replaceAll(/:\w+/g, "1");
      const api = whole.startsWith("/api");
      const text = api ? await (await app.get(whole, TOKEN)).text() : await (await eve().get(whole)).text();
      expect([whole, text.includes(TITLE)]).toEqual([whole, false]);
      const token = await (await app.get(whole, { ...TOKEN, accept: "text/html" })).text();
      expect([whole, token.includes(TITLE)]).toEqual([whole, false]);
    }
    expect(await (await eve().get("/incidents")).text()).toContain(PUBLIC_TITLE);
  });
});

test("a dry run's log has nothing of a private channel, and nothing that is for one person", async () => {
  const lines: string[] = [];
  const chat = dryRunChat(
    (fields, message) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    () => "id-1",
  );
  const attempt = { key: "k", urgency: 0, unsure: false, since: NOW } as const;
  const message = { text: TITLE, parts: [] };
  const at = await chat.openChannel({ name: `inc-1-${TITLE}`, private: true }, attempt);
  expect(at.name).toBe(`inc-1-${TITLE}`);
  expect((await chat.look(at.id, attempt))!.name).toBe(at.name);
  await chat.post(at.id, message, attempt);
  await chat.edit(at.id, "1", message, attempt);
  await chat.pin(at.id, "1", attempt);
  await chat.setTopic(at.id, TITLE, attempt);
  await chat.bookmark(at.id, [{ title: TITLE, url: "https://x.example" }], attempt);
  await chat.upload(at.id, { name: TITLE, title: TITLE, text: TITLE }, attempt);
  await chat.archive(at.id, attempt);
  await chat.direct("U1", message, attempt);
  await chat.sendEphemeral({ channel: at.id, user: "U1", url: null }, message, attempt);
  expect(lines.length).toBeGreaterThan(8);
  expect(lines.join("\n")).not.toContain(TITLE);
  const open = await chat.openChannel({ name: "inc-2-pelican", private: false }, attempt);
  await chat.post(open.id, { text: "the pool is exhausted", parts: [] }, attempt);
  expect(lines.at(-1)).toContain("the pool is exhausted");
});
