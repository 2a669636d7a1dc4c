import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readAuditEntries } from "#db/audit/audit-entries.ts";
import type { StoredAuditEntry } from "#domain/reporting/audit-entry.ts";
import { SIGNING_SECRET, startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { MINUTE } from "#test/support/builders/instants.ts";

let app: TestApp;
const settings = {
  MUSTER_API_TOKENS: "a token of the setting",
  SLACK_BOT_TOKEN: "xoxb-test",
  SLACK_SIGNING_SECRET: SIGNING_SECRET,
  // Slack itself is not asked.
  SLACK_TEAM_ID: "T0EXAMPLE",
  PAGERDUTY_ROUTING_KEY: "k",
  PAGERDUTY_WEBHOOK_SECRETS: "a secret of the pager",
};
const opensDoors = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
  app = await startApp({ settings: { ...settings, ...more } });
};
beforeEach(() => opensDoors());
afterEach(() => app.stop());

const warnings = () => app.log.lines.filter(({ level }) => level === "warn" || level === "error");
const refusals = async (): Promise<readonly StoredAuditEntry[]> =>
  (await readAuditEntries(app.engine.connection.db, { limit: 500, kind: "token" })).filter(
    ({ result }) => result === "refused",
  );
const someRefusals = (): Promise<readonly StoredAuditEntry[]> =>
  waitFor(async () => ((await refusals()).length > 0 ? refusals() : null), { what: "an entry of the audit log" });

const DOORS = [
  {
    way: "slack",
    path: "/slack/events",
    setting: "SLACK_SIGNING_SECRET",
    signed: { "x-slack-signature": "v0=00", "x-slack-request-timestamp": "2000000000" },
  },
  {
    way: "pagerduty",
    path: "/webhooks/pagerduty",
    setting: "PAGERDUTY_WEBHOOK_SECRETS",
    signed: { "x-pagerduty-signature": `v1=${"0".repeat(64)}` },
  },
] as const;

describe.each(DOORS)("wrong signatures at $path", ({ way, path, setting, signed }) => {
  test("are each answered 401 and counted, once in the log, and once in the audit log", async () => {
    for (let i = 0; i < 30; i++)
      expect((await app.post(path, { i }, i % 2 === 0 ? { ...signed } : {})).status).toBe(401);
    const entries = await someRefusals();
    expect(entries).toMatchObject([
      { what: "signature.refused", subject: setting, way, address: "127.0.0.1", person: null },
    ]);
    expect(warnings()).toMatchObject([
      {
        message: expect.stringContaining("signature") as string,
        fields: { door: way, times: 1, address: "127.0.0.1" },
      },
    ]);
    const metrics = await (await app.get("/metrics")).text();
    expect(metrics).toContain(`muster_authentication_failures_total{door="${way}"} 30`);
    app.time.now += MINUTE;
    await app.post(path, {}, signed);
    await waitFor(async () => (await refusals()).length === 2, { what: "the entry of the next minute" });
  });

  test("have no token of the API wait that comes from the same address", async () => {
    for (let i = 0; i < 30; i++) await app.post(path, { i }, signed);
    expect((await app.get("/api/incidents", { authorization: "Bearer a token of the setting" })).status).toBe(200);
    expect((await app.get("/api/incidents", { authorization: "Bearer a new one" })).status).toBe(401);
  });
});

test("a body that is too large for Slack's door leaves no line in the log", async () => {
  const forged = { "x-slack-request-timestamp": "1", "x-slack-signature": `v0=${"0".repeat(64)}` };
  expect((await app.post("/slack/events", "x".repeat(30_000_000), forged)).status).toBe(413);
  expect(warnings()).toEqual([]);
});

test("PagerDuty's webhooks that wait for a setting leave one line a minute", async () => {
  await app.stop();
  await opensDoors({ PAGERDUTY_WEBHOOK_SECRETS: "" });
  for (let i = 0; i < 5; i++) expect((await app.post("/webhooks/pagerduty", {})).status).toBe(503);
  expect(warnings().filter(({ message }) => message.includes("PAGERDUTY_WEBHOOK_SECRETS"))).toHaveLength(1);
});

test("a stranger who gives another name with each wrong token is one entry of the audit log a minute", async () => {
  for (let i = 0; i < 40; i++) {
    const authorization = `Basic ${Buffer.from(`stranger-${i}:wrong`).toString("base64")}`;
    expect([401, 429]).toContain((await app.get("/api/incidents", { authorization })).status);
  }
  expect(await someRefusals()).toHaveLength(1);
  expect(await (await app.get("/metrics")).text()).toContain('muster_authentication_failures_total{door="api"} 40');
});
