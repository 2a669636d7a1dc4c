import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProcessRequest } from "#ports/processes.ts";
import { startApp, type TestApp, BrowserSession, signInSettings } from "#test/support/harness/app.ts";
import { automationRuntimeOf, aRunbookText, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";

/** A runbook that starts a program, which is of high risk; and one like it that only asks a database. */
const RISKY = aRunbookText({ approve: "{ from: ['@oncall'], count: 2, expires: 2h }" })
  .replace("uses: sql.call", "uses: exec")
  .replace(
    "with: { datasource: orders, call: cancel-backends, pids: [7] }",
    "with: { argv: [/usr/local/bin/drain, now] }",
  );

const EVE = { id: "U0EVE0001", name: "Eve" };
let app: TestApp;
let openId: SlackOpenId;
const started: ProcessRequest[] = [];
const browsers: Record<string, BrowserSession> = {};
const aliceBrowser = () => browsers["alice"]!;
const bobBrowser = () => browsers["bob"]!;

beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  const metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  const processes = {
    run: (request: ProcessRequest) => {
      started.push(request);
      return Promise.resolve({
        ok: true as const,
        code: 0,
        signal: null,
        stdout: `hunter2secret\n${"all is drained\n".repeat(3_000)}`,
        stderr: "",
        cut: false,
      });
    },
  };
  const automation = automationRuntimeOf(await catalogOf(RISKY), { metrics, processes }, ["hunter2secret"]);
  app = await startApp({
    policy: { ...STAFFED_POLICY, automation: { commands: ["/usr/local/bin/drain"] }, admit: { guests: true } },
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
    overrides: { automation },
  });
  app.chat.groups.set("@oncall", [ALICE_PERSON.id, BOB_PERSON.id]);
  for (const person of [ALICE_PERSON, BOB_PERSON, EVE])
    await (browsers[person.name.toLowerCase()] = new BrowserSession(app)).signIn(openId, person);
  await app.fires({ alertname: "HighLatency", service: "order-service", severity: "P2" }, { startsAt: NOW });
});
afterAll(async () => {
  expect(openId.violations).toEqual([]);
  await app.stop();
  await openId.stop();
});

const runState = async (): Promise<Record<string, unknown>> => {
  await app.settles();
  const { runs } = (await (await app.get("/api/runs", { authorization: "Bearer secret" })).json()) as {
    runs: Record<string, unknown>[];
  };
  return runs[0]!;
};
const formOf = async (who: BrowserSession) => ({
  csrf: await who.field("/runs/RUN-1", "csrf"),
  hash: await who.field("/runs/RUN-1", "hash"),
});
const answers = async (
  who: BrowserSession,
  what: "approve" | "deny",
  more: Readonly<Record<string, string>> = {},
  headers = {},
): Promise<Response> => who.post("/runs/RUN-1/approval", { do: what, ...(await formOf(who)), ...more }, headers);

describe("a high-risk step", () => {
  test("is shown with everything filled in, and asked in the chat by a link", async () => {
    expect(await runState()).toMatchObject({ id: "RUN-1", state: "waiting-approval" });
    const page = await (await aliceBrowser().get("/runs/RUN-1")).text();
    expect(page).toContain("/usr/local/bin/drain");
    expect(page).toContain("high risk");
    // The incident's card comes first in its channel.
    for (let i = 0; i < 2; i++) {
      app.time.now += 10_000;
      await app.settles();
    }
    const card = JSON.stringify(app.chat.messages.find(({ text }) => text.startsWith("RUN-1"))!.blocks);
    expect(card).toContain("https://muster.example/runs/RUN-1");
    expect(card).not.toContain("run.approve");
  });

  test("is not approved by words in the chat or with a token, under any claimed name", async () => {
    const group = await app.engine.chat.group("@oncall");
    expect(group).toContain(ALICE_PERSON.id);
    const reply = await app.post(
      "/api/verbs",
      { text: "runbook approve RUN-1", as: ALICE_PERSON.id },
      { authorization: "Bearer secret" },
    );
    expect(await reply.json()).toMatchObject({ refused: true });
    const token = new BrowserSession(app, "grafana:secret");
    expect(
      (
        await token.post("/runs/RUN-1/approval", {
          do: "approve",
          csrf: await token.field("/runs/RUN-1", "csrf"),
          hash: "0".repeat(64),
        })
      ).status,
    ).toBe(403);
    expect(await (await token.get("/runs/RUN-1")).text()).toContain("Only people who sign in with Slack may answer");
    expect(await runState()).toMatchObject({ asked: { by: [] } });
  });

  test("is not approved by a form that is not ours, for another plan, or by who is not in the group", async () => {
    expect((await answers(aliceBrowser(), "approve", { csrf: "x" })).status).toBe(403);
    expect(
      (await answers(aliceBrowser(), "approve", {}, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }))
        .status,
    ).toBe(403);
    const other = await answers(aliceBrowser(), "approve", { hash: "0".repeat(64) });
    expect([other.status, await other.text()]).toEqual([400, expect.stringContaining("look again")]);
    const eve = await answers(browsers["eve"]!, "approve", { hash: (await formOf(aliceBrowser())).hash });
    expect([eve.status, await eve.text()]).toEqual([400, expect.stringContaining("Only @oncall may approve this.")]);
    expect(await runState()).toMatchObject({ asked: { by: [] } });
  });

  test("is not approved five minutes after signing in: a new sign-in leads back", async () => {
    const form = await formOf(aliceBrowser());
    app.time.now += 5 * MINUTE;
    const page = await (await aliceBrowser().get("/runs/RUN-1")).text();
    expect(page).toContain("Sign in again to approve");
    expect(page).not.toContain('value="approve"');
    const sent = await aliceBrowser().post("/runs/RUN-1/approval", { do: "approve", ...form });
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/sign-in/slack?fresh=1&back=%2Fruns%2FRUN-1"]);
    expect(await runState()).toMatchObject({ asked: { by: [] } });
    const back = await aliceBrowser().signIn(openId, ALICE_PERSON, "/runs/RUN-1");
    expect(back.headers.get("location")).toBe("/runs/RUN-1");
    const done = await answers(aliceBrowser(), "approve");
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining("1 more must agree")]);
  });

  test("needs another person, who has just signed in too", async () => {
    expect((await answers(aliceBrowser(), "approve")).status).toBe(400);
    expect(started).toEqual([]);
    await bobBrowser().signIn(openId, BOB_PERSON);
    expect((await answers(bobBrowser(), "approve")).status).toBe(200);
    await app.settles();
    expect(started).toHaveLength(1);
  });
});

describe("the whole output of a step", () => {
  test("is kept masked beside the run, and linked from its page", async () => {
    expect(await (await aliceBrowser().get("/runs/RUN-1")).text()).toContain('href="/runs/RUN-1/steps/1/output"');
    for (const answer of [
      await aliceBrowser().get("/runs/RUN-1/steps/1/output"),
      await app.get("/api/runs/RUN-1/steps/cancel/output", { authorization: "Bearer secret" }),
    ]) {
      const body = await answer.text();
      expect(answer.headers.get("content-type")).toContain("text/plain");
      expect(body.match(/all is drained/g)).toHaveLength(3_000);
      expect(body).toContain("[secret]");
      expect(body).not.toContain("hunter2");
    }
  });

  test("requires a session or a token, and has no link where the output is shown whole", async () => {
    expect((await app.get("/runs/RUN-1/steps/1/output")).status).toBe(401);
    expect((await app.get("/api/runs/RUN-1/steps/1/output")).status).toBe(401);
    expect((await aliceBrowser().get("/runs/RUN-1/steps/0/output")).status).toBe(404);
    expect((await aliceBrowser().get("/runs/RUN-9/steps/0/output")).status).toBe(404);
  });

  test("of a private incident is for its responders", async () => {
    await app.engine.connection.pool.query(
      `update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json where number = 1`,
    );
    expect((await browsers["eve"]!.get("/runs/RUN-1")).status).toBe(404);
    expect((await browsers["eve"]!.get("/runs/RUN-1/steps/1/output")).status).toBe(404);
    expect((await app.get("/api/runs/RUN-1/steps/1/output", { authorization: "Bearer secret" })).status).toBe(404);
    expect(
      (await app.get("/api/runs/RUN-1/steps/1/output?private=true", { authorization: "Bearer secret" })).status,
    ).toBe(200);
  });
});
