import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyAuditChain } from "#db/audit/audit-chain.ts";
import { readAuditEntries } from "#db/audit/audit-entries.ts";
import type { AuditFilter, StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { BrowserSession, signInSettings, startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE, ALICE_PERSON, BOB } from "#test/support/builders/people.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

const TOKEN = "a-token-for-tests-only";
const BASIC = { authorization: `Basic ${Buffer.from(`Bob:${TOKEN}`).toString("base64")}` };

let app: TestApp;
let openId: SlackOpenId;
let began = 0;
let now = (): number => NOW;
beforeAll(async () => {
  openId = await startSlackOpenId(() => now());
  app = await startApp({
    settings: { MUSTER_API_TOKENS: TOKEN, ...signInSettings(openId) },
    policy: { ...STAFFED_POLICY, auditors: ["@auditors"], permissions: { "automation on": ["anyone"] } },
  });
  now = () => app.time.now;
  app.chat.groups.set("@auditors", [ALICE.id]);
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});
beforeEach(async () => {
  // Another minute: what is recorded once in a minute is recorded again.
  app.time.now += 2 * MINUTE;
  began = (await entries({ limit: 1 }))[0]?.seq ?? 0;
});

const entries = (filter: AuditFilter): Promise<readonly StoredAuditEntry[]> =>
  readAuditEntries(app.engine.connection.db, filter);
/** The entries of this test, oldest first. */
const added = (more: Partial<AuditFilter> = {}): Promise<readonly StoredAuditEntry[]> =>
  entries({ after: began, limit: 100, ...more });
const submitAsBob = async (text: string): Promise<void> => {
  let answered = false;
  const asked = app.post("/api/verbs", { text, as: "Bob" }, BASIC).finally(() => (answered = true));
  await waitFor(async () => (await app.settles(), answered), { what: text });
  await asked;
};
/** Until the kind of entry that nothing waits for is there. */
const arrived = (kind: StoredAuditEntry["kind"]): Promise<readonly StoredAuditEntry[]> =>
  waitFor(
    async () => {
      const found = await added({ kind });
      return found.length > 0 ? found : null;
    },
    { what: kind },
  );

/** A private incident; answers its name. */
async function declarePrivate(): Promise<string> {
  await app.submit(aSubmission({ type: "incident.declare", declaration: { ...DECLARATION, private: true } }));
  await app.settles();
  const { rows } = await app.engine.connection.pool.query<{ number: number }>(
    "select max(number) as number from incidents where state::text like '%\"private\":true%'",
  );
  return `INC-${rows[0]!.number}`;
}
const DECLARATION = {
  title: "a leak of data",
  priority: "P3",
  service: null,
  summary: null,
  page: false,
  drill: false,
} as const;

describe("the audit log has", () => {
  test("a command, with person, way in, address and result", async () => {
    await app.fires({ service: "order-service", severity: "P1" });
    await submitAsBob("INC-1 note the queue grows");
    const found = await added({ kind: "command" });
    expect(found).toEqual([
      expect.objectContaining({
        what: "note.add",
        subject: "INC-1",
        result: "applied",
        way: "api",
        person: { id: "api:Bob", name: "Bob" },
        address: "127.0.0.1",
        text: '{"text":"the queue grows"}',
      }),
    ]);
  });

  test("a refusal, with the reason", async () => {
    await submitAsBob("INC-1 merge INC-1");
    await submitAsBob("INC-99 ack");
    expect(await added({ kind: "refusal" })).toEqual([
      expect.objectContaining({ result: "refused", subject: "INC-1", person: { id: "api:Bob", name: "Bob" } }),
      expect.objectContaining({ result: "refused", what: "verb.ack", text: "unknown: INC-99 ack" }),
    ]);
  });

  test("each turn of the switch of automation, on and off, and one that changed nothing", async () => {
    for (const text of ["automation off", "automation off", "automation on"]) await submitAsBob(text);
    const found = await added();
    expect(
      found.filter(({ what }) => what.startsWith("automation.")).map(({ kind, what, result }) => [kind, what, result]),
    ).toEqual([
      ["automation", "automation.off", "applied"],
      ["refusal", "automation.off", "refused"],
      ["automation", "automation.on", "applied"],
    ]);
    expect(found[0]).toMatchObject({ way: "api", person: { id: "api:Bob", name: "Bob" }, address: "127.0.0.1" });
  });

  test("a silence", async () => {
    await submitAsBob("mute service=order-service 30m deploying");
    expect((await added()).map(({ kind, what }) => [kind, what])).toContainEqual(["silence", "mute.set"]);
  });

  test("no entry for a delivery that was accepted, and one for refused ones", async () => {
    for (let i = 0; i < 3; i++) await app.post("/webhooks/alertmanager", { alerts: [] }, BASIC);
    expect(await added({ kind: "command" })).toEqual([]);
    for (let i = 0; i < 3; i++) await app.post("/webhooks/alertmanager", { version: "4" }, BASIC);
    expect(await arrived("refusal")).toEqual([
      expect.objectContaining({
        what: "alerts.deliver",
        subject: "alertmanager",
        way: "webhook",
        address: "127.0.0.1",
      }),
    ]);
  });

  test("the first use of a token in a minute, and the first refusal", async () => {
    for (let i = 0; i < 3; i++) await app.get("/api/incidents", BASIC);
    expect(await arrived("token")).toEqual([
      expect.objectContaining({
        what: "token.used",
        result: "applied",
        person: { id: "api:Bob", name: "Bob" },
        way: "api",
      }),
    ]);
    for (let i = 0; i < 3; i++) await app.get("/api/incidents", { authorization: "Bearer wrong" });
    const refused = await waitFor(
      async () => {
        const found = (await added({ kind: "token" })).filter(({ what }) => what === "token.refused");
        return found.length > 0 ? found : null;
      },
      { what: "the refusal" },
    );
    expect(refused).toEqual([expect.objectContaining({ result: "refused", way: "api", address: "127.0.0.1" })]);
    expect(JSON.stringify(await added())).not.toContain(TOKEN);
  });

  test("a sign-in, a failure and a sign-out", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    await browser.post("/sign-out", {});
    await new BrowserSession(app).signIn(openId, { ...ALICE_PERSON, fault: "nonce" });
    const found = await waitFor(
      async () => {
        const three = await added({ kind: "sign-in" });
        return three.length >= 3 ? three : null;
      },
      { what: "the failure" },
    );
    expect(found.map(({ what, result, person }) => [what, result, person?.id])).toEqual([
      ["sign-in.succeeded", "applied", ALICE.id],
      ["sign-in.ended", "applied", ALICE.id],
      ["sign-in.failed", "refused", undefined],
    ]);
    expect(found[0]).toMatchObject({ way: "dashboard", address: "127.0.0.1" });
  });

  test("who read a private incident, once in a minute, and no read of others", async () => {
    const id = await declarePrivate();
    for (const path of [
      `/api/incidents/${id}?private=true`,
      `/api/incidents/${id}/timeline?private=true`,
      "/api/incidents/INC-1",
    ])
      await app.get(path, BASIC);
    expect((await added({ kind: "read" })).filter(({ what }) => what === "incident.read")).toEqual([
      expect.objectContaining({ subject: id, person: { id: "api:Bob", name: "Bob" }, way: "api" }),
    ]);
  });

  test("an unbroken chain after all of this", async () => {
    expect(await verifyAuditChain(app.engine.connection.db)).toMatchObject({ problems: [] });
  });
});

describe("/audit", () => {
  test("shows those whom the policy names a bounded list, by person and kind, and records that", async () => {
    const browser = new BrowserSession(app);
    await browser.signIn(openId, ALICE_PERSON);
    for (let i = 0; i < 101; i++)
      await app.engine.connection.pool.query(
        'insert into audit.entries (at, kind, body) values (now(), \'override\', \'{"kind":"override","what":"planted","result":"applied","way":"test","subject":null}\')',
      );
    const page = await (await browser.get("/audit?kind=override")).text();
    expect(page.match(/<td>planted<\/td>/g)).toHaveLength(100);
    const older = /href="(\/audit\?kind=override&[^"]*before=\d+)"/.exec(page)?.[1]?.replace(/&(amp|#38);/, "&");
    expect((await (await browser.get(older!)).text()).match(/<td>planted<\/td>/g)).not.toBeNull();
    const mine = await (await browser.get(`/audit?person=${ALICE.id}`)).text();
    expect(mine).toContain("sign-in.succeeded");
    expect(mine).not.toContain("planted");
    expect((await added({ kind: "read" })).map(({ what }) => what)).toContain("audit.read");
  });

  test.each([
    [
      "someone else",
      async (browser: BrowserSession) => browser.signIn(openId, { ...ALICE_PERSON, id: BOB.id, name: "Bob" }),
    ],
    ["a token", async () => undefined],
  ])("does not exist for %s", async (who, enter) => {
    const browser = new BrowserSession(app, who === "a token" ? `Alice:${TOKEN}` : null);
    await enter(browser);
    expect((await browser.get("/audit")).status).toBe(404);
  });
});

test("what cannot be recorded is not shown: a private incident while the log refuses entries", async () => {
  const { pool } = app.engine.connection;
  const id = await declarePrivate();
  await pool.query("alter table audit.entries rename to entries_away");
  try {
    app.time.now += HOUR;
    expect((await app.get(`/api/incidents/${id}?private=true`, BASIC)).status).toBe(503);
  } finally {
    await pool.query("alter table audit.entries_away rename to entries");
  }
});
