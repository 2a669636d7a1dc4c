import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { verifyAuditChain } from "#db/audit/audit-chain.ts";
import { readAuditEntries } from "#db/audit/audit-entries.ts";
import type { StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { recheckSessions } from "#engine/response/session-checks.ts";
import { BrowserSession, signInSettings, startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { bearer } from "#test/support/builders/doors/guards.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startSlackOpenId, type SlackOpenId } from "#test/support/doubles/slack/slack-openid.ts";

let app: TestApp;
let openId: SlackOpenId;
let ops = "";
let began = 0;
beforeAll(async () => {
  openId = await startSlackOpenId(() => app?.time.now ?? NOW);
  app = await startApp({
    policy: { ...STAFFED_POLICY, permissions: { postmortem: ["commander"] }, access: { admins: ["alice"] } },
    settings: { MUSTER_API_TOKENS: "secret", ...signInSettings(openId) },
  });
  const registry = createTokenRegistry(app.engine.connection.db, () => app.time.now);
  const made = await registry.create({ name: "ops", scopes: ["admin"], createdBy: "test", expiresAt: null });
  if ("refused" in made) throw new Error(made.refused);
  ops = made.secret;
  await app.fires({ service: "order-service", severity: "P2" }, { startsAt: NOW });
});
afterAll(async () => {
  await app.stop();
  await openId.stop();
});
beforeEach(async () => {
  app.time.now += 2 * MINUTE;
  began = (await readAuditEntries(app.engine.connection.db, { limit: 1 }))[0]?.seq ?? 0;
});

/** The entries of this test of what is done, oldest first: not that a token was used. */
const added = async (): Promise<readonly StoredAuditEntry[]> =>
  (await readAuditEntries(app.engine.connection.db, { after: began, limit: 100 })).filter(
    ({ what }) => what !== "token.used" && what !== "sign-in.succeeded",
  );

test("tokens that are made, rotated and revoked stand in the audit log, with who did it; no secret does", async () => {
  const sends = (path: string, body: object) => app.post(`/api/tokens${path}`, body, bearer(ops));
  const made = (await (await sends("", { name: "ci-bot", scopes: ["respond"] })).json()) as { secret: string };
  const turned = (await (await sends("/ci-bot/rotate", {})).json()) as { secret: string };
  await sends("", { name: "ci-bot", scopes: ["respond"] });
  await sends("/ci-bot/revoke", {});
  const person = { id: "api:ops", name: "ops" };
  const entries = await added();
  expect(entries).toMatchObject([
    {
      kind: "token",
      what: "token.created",
      subject: "ci-bot",
      result: "applied",
      way: "api",
      person,
      address: "127.0.0.1",
    },
    { what: "token.rotated", subject: "ci-bot", result: "applied", person },
    { what: "token.created", subject: "ci-bot", result: "refused", person },
    { what: "token.revoked", subject: "ci-bot", result: "applied", person },
  ]);
  expect(entries[0]!.text).toBe("scopes respond; does not expire");
  const texts = JSON.stringify(entries);
  for (const secret of [made.secret, turned.secret]) expect(texts).not.toContain(secret);
});

test("a change of a token that cannot be recorded is not made", async () => {
  const { pool } = app.engine.connection;
  await pool.query("alter table audit.entries rename to entries_away");
  const answer = await app.post("/api/tokens", { name: "unseen", scopes: ["respond"] }, bearer(ops));
  await pool.query("alter table audit.entries_away rename to entries");
  expect(answer.status).toBe(503);
  const { tokens } = (await (await app.get("/api/tokens", bearer(ops))).json()) as { tokens: { name: string }[] };
  expect(tokens.map(({ name }) => name)).not.toContain("unseen");
});

test("sessions that are ended by hand, by an administrator, and at removal stand in the audit log", async () => {
  const [alice, bob] = [new BrowserSession(app), new BrowserSession(app)];
  await alice.signIn(openId, ALICE_PERSON);
  await bob.signIn(openId, BOB_PERSON);
  const numbers = [...(await (await alice.get("/sessions")).text()).matchAll(/name="number" value="(\d+)"/g)].map(
    ([, number]) => number!,
  );
  expect(numbers).toHaveLength(2);
  const own = await bob.field("/sessions", "number");
  await alice.post("/sessions", { csrf: await alice.field("/sessions", "csrf"), number: own });
  await bob.signIn(openId, BOB_PERSON);
  const next = await bob.field("/sessions", "number");
  await app.post(`/api/sessions/${next}/revoke`, {}, bearer(ops));
  app.time.now += HOUR;
  await recheckSessions({
    ...app.engine,
    signIns: [
      {
        ...{ title: "Slack", name: "slack", asksAgain: false },
        address: () => Promise.reject(new Error("not asked")),
        redeem: () => Promise.reject(new Error("not asked")),
        recheck: () => Promise.resolve(null),
      },
    ],
  });
  expect(await added()).toMatchObject([
    { kind: "sign-in", what: "session.ended", subject: `session ${own}`, way: "dashboard", person: ALICE_PERSON },
    { what: "session.ended", subject: `session ${next}`, way: "api", person: { id: "api:ops" } },
    {
      what: "session.ended",
      way: "muster",
      person: null,
      text: expect.stringContaining("no longer a member") as string,
    },
  ]);
});

test("sign-ins that strangers fail at are one entry a minute, however many there are", async () => {
  for (let i = 0; i < 20; i++)
    expect((await app.get(`/sign-in/slack/callback?code=x${i}&state=${"y".repeat(32)}`)).status).toBe(400);
  await waitFor(async () => ((await added()).length > 0 ? true : null), { what: "the entry" });
  expect(await added()).toMatchObject([{ what: "sign-in.failed", result: "refused", address: "127.0.0.1" }]);
});

test("a postmortem is written by the API with the permission that the verb has", async () => {
  const page = await (await app.get("/api/incidents/INC-1/postmortem", bearer("secret"))).text();
  const edited = page.replace(
    /(<!-- muster:human summary -->\n)[\s\S]*?(\n<!-- muster:end summary -->)/,
    "$1It broke.$2",
  );
  expect(edited).not.toBe(page);
  const writes = (as: string) =>
    app.post("/api/incidents/INC-1/postmortem", { markdown: edited, as }, bearer("secret"), "PUT");
  const refused = await writes("Zoe");
  expect([refused.status, await refused.json()]).toEqual([
    403,
    { error: expect.stringContaining("`postmortem` is for the Incident Commander") },
  ]);
  expect(await (await app.get("/api/incidents/INC-1/postmortem", bearer("secret"))).text()).not.toContain("It broke.");
});

test("the chain is whole after all of this", async () => {
  expect(await verifyAuditChain(app.engine.connection.db)).toMatchObject({ problems: [] });
});
