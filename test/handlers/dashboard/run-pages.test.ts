import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { incidentMarks } from "#db/search/live-marks.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { aRunbookText, automationRuntimeOf, catalogOf } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics, FakeDataSource } from "#test/support/doubles/ports/fake-measurements.ts";
import type { PresentedStatistics } from "#views/reporting/statistics-export.ts";
import { BOB } from "#test/support/builders/people.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const LABELS = { alertname: "HighLatency", service: "order-service", severity: "P2" };
const SHIPPED = "restart-on-connection-leak";

/** INC-1 with RUN-1 of cancel-blockers, which asks first; the catalog shows the shipped runbooks. */
let app: TestApp;
let metrics: FakeMetrics;
beforeAll(async () => {
  metrics = new FakeMetrics();
  metrics.values.set("latency", 8.5);
  const automation = automationRuntimeOf(await catalogOf(aRunbookText()), {
    metrics,
    datasource: () => new FakeDataSource(),
  });
  app = await startApp({ policy: STAFFED_POLICY, overrides: { automation } });
  app.chat.groups.set("@oncall", [BOB.id]);
  await app.fires(LABELS, { startsAt: NOW });
});
afterAll(() => app.stop());

const readHtml = async (path = "/incidents/INC-1"): Promise<string> => (await app.get(path)).text();
const runsHtml = async (): Promise<string> =>
  /<section id="run-1"[\s\S]*?<\/section>/.exec(await readHtml())?.[0] ?? "";
const mark = async (): Promise<string | undefined> => (await incidentMarks(app.engine.connection.db, [1])).get(1);
const appPasses = async (ms: number): Promise<void> => {
  for (let i = 0; i < ms; i += 10 * SECOND) {
    app.time.now += 10 * SECOND;
    await app.settles();
  }
};
const cardHtml = async (id: string): Promise<string> =>
  (await readHtml("/runbooks")).split('<li class="panel">').find((each) => each.includes(`/runbooks/${id}"`)) ?? "";

describe("the page of an incident", () => {
  test("shows the run, its question, its approvers and how to approve", async () => {
    const html = await runsHtml();
    expect(html).toContain('<a href="/runbooks/cancel-blockers">cancel-blockers</a>');
    expect(html).toContain("waiting for approval");
    expect(html).toContain("<b>Asks to do cancel</b>");
    expect(html).toContain(
      '@oncall may approve until 14:42 UTC: <a href="/runs/RUN-1">look at the plan and answer</a>',
    );
    expect(html).toContain('href="/api/runs?incident=INC-1"');
  });

  test("has a new live mark after the run continued", async () => {
    const previous = await mark();
    expect(await readHtml()).toContain(`&#38;mark=${encodeURIComponent(previous!)}"`);
    await app.engine.connection.pool.query("update runs set reason = 'waits: for a test' where number = 1");
    expect(await mark()).not.toBe(previous);
    expect(await runsHtml()).toContain("waits: for a test");
  });

  test("shows each step, its approver, before and after, and the verification", async () => {
    expect(
      await answerRunRequest(app.engine, { do: "approve", run: 1, hash: null }, { id: BOB.id, name: BOB.name }, null),
    ).toMatchObject({ ok: true });
    await app.settles();
    metrics.values.set("latency", 0.5);
    await appPasses(2 * MINUTE);
    expect(await runsHtml()).toContain("Verifying: good, but the alert still fires (0.5)");
    await app.post("/webhooks/alertmanager", deliveryOf([alertOf(LABELS, { startsAt: NOW, endsAt: app.time.now })]));
    await appPasses(3 * MINUTE);
    const html = await runsHtml();
    expect(html).toContain('<span class="tag good">succeeded</span>');
    expect(html).toMatch(
      /<b>cancel<\/b> <code>[\w.]+<\/code>: <span class="good">helped<\/span> \(8\.5 → 0\.5\)[\s\S]*approved by Bob/,
    );
  });

  test("is counted: with approval, and as automatic when no one had to act", async () => {
    await app.submit(
      aSubmission(
        { type: "incident", incident: 1, command: { type: "incident.resolve", reason: "the blockers are gone" } },
        { key: "person:resolve", actor: { kind: "person", id: BOB.id, name: BOB.name }, at: app.time.now },
      ),
    );
    await app.settles();
    app.time.now += SECOND;
    const one = { count: 1, share: 1, incidents: ["INC-1"] };
    const none = { count: 0, share: 0, incidents: [] };
    const counted = async (): Promise<unknown> => (await app.json<PresentedStatistics>("/api/stats")).remediated;
    expect(await counted()).toEqual({ resolved: 1, alone: none, approved: one });
    const { pool } = app.engine.connection;
    await pool.query("update runs set asked = null");
    expect(await counted(), "the timeline tells who approved").toEqual({ resolved: 1, alone: none, approved: one });
    await pool.query("delete from events where type = 'run.approved'");
    expect(await counted()).toEqual({ resolved: 1, alone: one, approved: none });
    expect(await (await app.get("/api/stats", { accept: "text/csv" })).text()).toContain(
      "remediated and verified,share without a person,1,share",
    );
    expect(await readHtml("/statistics")).toContain("1 of 1 (100 %)");
    await pool.query("update runs set state = 'failed'");
    expect(await counted()).toEqual({ resolved: 1, alone: none, approved: none });
    await pool.query("update runs set state = 'succeeded'");
  });

  test("of a private incident is hidden from token holders, and so are its events", async () => {
    await app.engine.connection.pool.query(
      "update incidents set state = jsonb_set(state::jsonb, '{private}', 'true')::json",
    );
    expect([(await app.get("/incidents/INC-1")).status, (await app.get("/live?incident=INC-1")).status]).toEqual([
      404, 404,
    ]);
    expect(await readHtml("/runbooks")).not.toContain("order-service");
  });
});

describe("the catalogue", () => {
  test("shows that a runbook never ran", async () => {
    expect(await cardHtml(SHIPPED)).toContain("never run");
  });

  test("counts verified runs, shows the last run and until when none starts", async () => {
    await app.engine.connection.pool.query(`update runs set runbook = '${SHIPPED}' where number = 1`);
    await app.engine.connection.pool.query(
      "insert into breakers (runbook, target, fails, open_until) values ($1, 'k8s/hidden', 2, $2)",
      [SHIPPED, new Date(app.time.now + MINUTE).toISOString()],
    );
    const html = await cardHtml(SHIPPED);
    expect(html).toContain("1 of 1 verified, last run <b>succeeded</b>");
    expect(html).toContain("breaker open until 2026-11-21 14:38:");
    expect(html).not.toContain("hidden");
    await appPasses(2 * MINUTE);
    expect(await cardHtml(SHIPPED)).not.toContain("breaker");
  });
});
