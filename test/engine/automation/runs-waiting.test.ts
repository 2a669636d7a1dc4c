import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { FakeMetrics } from "#test/support/doubles/ports/fake-measurements.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { HIGH_LATENCY, EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectsNoSelfAlert = true;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  expectsNoSelfAlert = true;
  await rig.reset();
});
afterEach(() => {
  if (expectsNoSelfAlert) expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

describe("a run that waits", () => {
  test("stops at once, even when the stop arrives as the wait begins", async () => {
    for (const [number, point] of [
      [1, "later"],
      [2, "run.acted"],
    ] as const) {
      await automation.shelve([
        aRunbookText({
          id: `pauses-${number}`,
          steps: "```yaml step\nid: pause\nuses: wait\nwith: { for: 1h }\ntimeout: 2h\n```\n",
        }),
      ]);
      const done: Promise<unknown>[] = [];
      const stop = (): Promise<unknown> => answerRunRequest(rig.engine, { do: "cancel", run: number }, BOB, null);
      rig.onStep = (step) => {
        if (step.step === point && step.id === "pause" && done.length === 0) done.push(stop());
      };
      await automation.fires({ ...HIGH_LATENCY, service: `service-${number}` });
      if (point === "later") await stop();
      await Promise.all(done);
      await rig.passes(2 * SECOND);
      expect(await automation.run(number), point).toMatchObject({ state: "canceled", reason: "Bob stopped it" });
    }
  });
});

describe("an answer of the metrics", () => {
  const warning = async (words: string): Promise<void> => {
    const query = automation.metrics.query.bind(automation.metrics);
    automation.metrics.query = async (promql) => ({ ...(await query(promql)), warnings: [words] });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
  };
  test("with missing data starts nothing, and verifies nothing", async () => {
    await warning("No StoreAPIs matched for this query");
    expect(await automation.run()).toMatchObject({ state: "suggested" });
    expect((await automation.journal())[0]).toMatchObject({ outcome: { output: { value: null, noData: true } } });
    automation.metrics = new FakeMetrics();
    automation.metrics.values.set("latency", 8.5);
    await automation.shelve([aRunbookText({ id: "other" })]);
    await automation.fires({ ...HIGH_LATENCY, service: "stock-service" });
    await automation.approves(ALICE, 2);
    automation.metrics.values.set("latency", 0.5);
    const query = automation.metrics.query.bind(automation.metrics);
    automation.metrics.query = async (promql) => ({ ...(await query(promql)), warnings: ["a store is away"] });
    await rig.passes(6 * MINUTE);
    expect(await automation.run(2)).toMatchObject({ state: "failed", reason: expect.stringContaining("no data") });
  });
  test("with a warning of PromQL counts as missing", async () => {
    await warning("PromQL info: metric might not be a counter");
    expect(await automation.run()).toMatchObject({ state: "waiting-approval" });
  });
});

describe("answers from outside", () => {
  test("nested without end are left out, and the run continues", async () => {
    let deep: unknown = "x";
    for (let i = 0; i < 30_000; i++) deep = [deep];
    automation.source.says = deep as string;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    expect((await automation.journal()).at(-1)).toMatchObject({
      state: "finished",
      outcome: { output: { cut: expect.stringContaining("deep") } },
    });
  });

  test("with a NUL end the run, and its target is free", async () => {
    automation.source.faults.push({
      error: new PortError("forbidden", "the role \u0000may\u001b[31m not", { retryable: false }),
      did: false,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(5 * MINUTE);
    expect(await automation.run()).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("step cancel: the role may not"),
    });
    const { rows } = await rig.connection.pool.query("select * from run_locks");
    expect(rows).toEqual([]);
  });

  test("that it is to be asked again in a year is not waited for", async () => {
    automation.source.faults.push({
      error: new PortError("rate_limited", "busy", { retryable: true, retryAfterMs: 1e15 }),
      did: false,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(3 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed", reason: expect.stringContaining("busy") });
  });
});
