import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { listRuns } from "#db/runs.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import type { MetricReading } from "#ports/metrics-source.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectsNoSelfAlert = true;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  expectsNoSelfAlert = true;
});
afterEach(() => {
  if (expectsNoSelfAlert) expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

describe("limits", () => {
  test("automation switched off during an approval starts nothing, no matter who approves", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.asks({ do: "switch", scope: "runbook", name: "cancel-blockers", on: false }, BOB);
    await automation.approves();
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: "automation is off for cancel-blockers, says Bob",
    });
    expect(await automation.asks({ do: "switch", scope: "runbook", name: "cancel-blockers", on: true })).toMatchObject({
      ok: true,
    });
  });

  test("the budget makes a run wait, across all runbooks", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { writeBudget: { max: 1, per: "10m" } } });
    await automation.shelve([
      aRunbookText(),
      aRunbookText({ id: "other" }).replace("lock: db/$service", "lock: other/$service"),
    ]);
    await automation.fires();
    await automation.approves(ALICE, 1);
    await automation.approves(ALICE, 2);
    expect(automation.source.called).toEqual([expect.stringMatching(/^RUN-1-\w+\/1-cancel$/)]);
    expect(await automation.run(2)).toMatchObject({
      state: "running",
      reason: expect.stringContaining("1 changes in 10 min"),
    });
  });

  test("the cooldown leaves a target alone", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(2 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded" });
    automation.metrics.values.set("latency", 8.5);
    await automation.fires();
    expect(await automation.run(2)).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("is left alone for"),
    });
  });

  test("the cooldown and the breaker are of the lock, whatever the runbook", async () => {
    await automation.shelve([aRunbookText({ cooldown: "1h" })]);
    await automation.fires();
    await automation.approves();
    await automation.resolves();
    await rig.passes(11 * MINUTE);
    expect(await automation.run(), "the measure stayed bad").toMatchObject({ state: "failed" });
    await automation.shelve([aRunbookText({ id: "other", cooldown: "1h" })]);
    await automation.fires();
    expect(await automation.run(2)).toMatchObject({
      runbook: "other",
      state: "canceled",
      reason: expect.stringContaining("nothing is tried on db/order-service until"),
    });
    await rig.connection.pool.query("delete from breakers");
    await automation.asks({ do: "run", name: "other", labels: {} });
    expect(await automation.run(3)).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("db/order-service is left alone for 1 h"),
    });
    expect(automation.source.called).toHaveLength(1);
  });

  test("as often as `maxRuns` allows, and not once more", async () => {
    await automation.shelve([aRunbookText({ cooldown: "1m", maxRuns: "2/24h" })]);
    for (let n = 1; n <= 2; n++) {
      automation.metrics.values.set("latency", 8.5);
      await automation.fires();
      await automation.approves(ALICE, n);
      automation.metrics.values.set("latency", 0.5);
      await automation.resolves();
      await rig.passes(15 * MINUTE);
      expect(await automation.run(n)).toMatchObject({ state: "succeeded" });
    }
    automation.metrics.values.set("latency", 8.5);
    await automation.fires();
    expect(await automation.run(3)).toMatchObject({
      state: "canceled",
      reason: expect.stringContaining("it ran 2 times in 24 h, which is the most"),
    });
    expect(automation.source.called).toHaveLength(2);
  });

  test("many alerts of one name are no reason to do the same many times", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { systemic: { alerts: 2, within: "2m" } } });
    await automation.shelve([aRunbookText({ mode: "auto" })]);
    await rig.receives(
      deliveryOf(["a", "b", "c", "d"].map((pod) => alertOf({ ...HIGH_LATENCY, pod }, { startsAt: rig.now }))),
    );
    await rig.settles();
    expect(await listRuns(rig.connection.db, { limit: 10 })).toHaveLength(1);
    expect(await automation.run()).toMatchObject({
      state: "waiting-approval",
      asked: { why: expect.stringContaining("many alerts") },
    });
  });

  test.each([
    ["that began minutes ago by their sender's clock", 5 * MINUTE, false],
    ["whose sender's clock is ahead", -MINUTE, false],
    ["that fired the day before too", 5 * MINUTE, true],
  ])("alerts %s are many when Muster receives them at once", async (_, ago, firedBefore) => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, automation: { systemic: { alerts: 2, within: "2m" } } });
    const pods = (options: { readonly startsAt: number; readonly endsAt?: number }) =>
      deliveryOf(["a", "b", "c", "d"].map((pod) => alertOf({ ...HIGH_LATENCY, pod }, options)));
    if (firedBefore) {
      await rig.receives(pods({ startsAt: rig.now }));
      await rig.settles();
      await rig.receives(pods({ startsAt: rig.now, endsAt: rig.now + 1 }));
      await rig.passes(24 * 60 * MINUTE);
    }
    await automation.shelve([aRunbookText({ mode: "auto" })]);
    await rig.receives(pods({ startsAt: rig.now - ago }));
    await rig.settles();
    expect(await automation.run()).toMatchObject({
      state: "waiting-approval",
      asked: { why: expect.stringContaining("many alerts") },
    });
  });

  test("no label value prevents a start", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires({ ...HIGH_LATENCY, note: 'a\u0000b\ud800 "alertname":"HighLatency"' });
    await automation.approves();
    expect(automation.source.called).toHaveLength(1);
  });

  test("an automatic runbook asks until three of its runs were verified", async () => {
    await automation.shelve([
      aRunbookText({
        mode: "auto",
        cooldown: "1m",
        maxRuns: "9/24h",
        approve: "{ from: ['@oncall'], count: 1, expires: 10m, unless: steps.latency.value > 2.0 }",
      }),
    ]);
    for (let n = 1; n <= 4; n++) {
      automation.metrics.values.set("latency", 8.5);
      await automation.fires();
      if (n < 4) {
        expect(await automation.run(n)).toMatchObject({ state: "waiting-approval" });
        await automation.approves(ALICE, n);
      }
      expect(automation.source.called, `run ${n}`).toHaveLength(n);
      automation.metrics.values.set("latency", 0.5);
      await automation.resolves();
      await rig.passes(15 * MINUTE);
      expect(await automation.run(n)).toMatchObject({ state: "succeeded" });
    }
  });

  test("runs that people asked for earn no trust", async () => {
    await automation.shelve([aRunbookText({ mode: "auto", cooldown: "1m", maxRuns: "9/24h" })]);
    for (let n = 1; n <= 3; n++) {
      await answerRunRequest(rig.engine, { do: "run", name: "cancel-blockers", labels: HIGH_LATENCY }, ALICE, null);
      await rig.settles();
      await answerRunRequest(rig.engine, { do: "approve", run: n, hash: null }, BOB, null);
      await rig.settles();
      automation.metrics.values.set("latency", 0.5);
      await rig.passes(3 * MINUTE);
      expect(await automation.run(n)).toMatchObject({ state: "succeeded" });
      automation.metrics.values.set("latency", 8.5);
    }
    await automation.fires();
    expect(await automation.run(4)).toMatchObject({
      state: "waiting-approval",
      asked: { why: expect.stringContaining("0 verified runs") },
    });
  });

  test("a runbook that ran as often as it may starts no step that changes something", async () => {
    await automation.shelve([aRunbookText({ mode: "auto", cooldown: "1m", maxRuns: "1/24h" })]);
    for (const n of [1, 2]) {
      automation.metrics.values.set("latency", 8.5);
      await automation.fires();
      if ((await automation.run(n)).state === "waiting-approval") await automation.approves(ALICE, n);
      expect(automation.source.called, `run ${n}`).toHaveLength(1);
      automation.metrics.values.set("latency", 0.5);
      await automation.resolves();
      await rig.passes(15 * MINUTE);
    }
    expect(await automation.run(1)).toMatchObject({ state: "succeeded" });
    expect((await automation.run(2)).reason).toContain("it ran 1 times in 24 h, which is the most");
  });

  test("a measure of several series is refused before anything is changed", async () => {
    const rows = [1, 2].map((value) => ({ labels: { pod: `p${value}` }, value }));
    const { metrics: first } = automation;
    const metrics = {
      name: "metrics",
      ping: () => Promise.resolve(),
      query: (promql: string): Promise<MetricReading> =>
        first.asked.length < 1 ? first.query(promql) : Promise.resolve({ kind: "rows", rows, warnings: [] }),
    };
    await automation.shelve([aRunbookText()], { metrics });
    await automation.fires();
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: 'verify proves nothing: latency{service="order-service"} has 2 series: reduce them with sum, max or min',
    });
    expect(automation.source.called).toEqual([]);
  });

  test("a runbook in suggest mode reads, and reports what it found", async () => {
    await automation.shelve([aRunbookText({ mode: "suggest" })]);
    await automation.fires();
    expect(await automation.run()).toMatchObject({ state: "suggested" });
    expect((await rig.events()).find(({ type }) => type === "run.suggested")).toMatchObject({
      data: { says: "latency 8.5" },
    });
    expect(automation.source.called).toEqual([]);
  });
});

describe("a thousand runs that wait", () => {
  test("hold no worker", async () => {
    await automation.shelve([aRunbookText({ steps: "```yaml step\nid: pause\nuses: wait\nwith: { for: 1h }\n```\n" })]);
    await automation.fires();
    expect(await automation.stepStates()).toEqual(["latency finished", "pause started"]);
    await rig.connection.pool.query(
      "insert into runs select (json_populate_record(r, json_build_object('number', n, 'target', 'db/' || n))).* from runs r, generate_series(2, 1000) n where r.number = 1",
    );
    await rig.connection.pool.query(
      "insert into steps select (json_populate_record(s, json_build_object('run', n))).* from steps s, generate_series(2, 1000) n where s.run = 1",
    );
    const elapsed = stopwatch();
    await rig.laneWorkers.run();
    expect(elapsed(), "a look at what is due, and no more").toBeLessThan(500);
    const { rows } = await rig.connection.pool.query<{ held: number }>(
      "select count(*)::integer as held from runs where lease_until is not null",
    );
    expect(rows[0]!.held).toBe(0);
  });
});
