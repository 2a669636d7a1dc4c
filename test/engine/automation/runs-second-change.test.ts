import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  // Everything takes its time.
  rig.onStep = (step) => {
    if (step.step === "run.starting") rig.now += 10;
  };
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

/** It changes something, and then something else while `latency` is above 1. */
const TWO_CHANGES = aRunbookText({
  steps: `\`\`\`yaml step
id: first
uses: sql.call
with: { datasource: orders, call: cancel-backends, pids: [6] }
approve: { from: ['@oncall'], count: 1, expires: 10m }
timeout: 2m
\`\`\``,
});

describe("a second change", () => {
  test("is made while the alert fires and what it relies on is so", async () => {
    await automation.shelve([TWO_CHANGES]);
    await automation.fires();
    await automation.approves();
    await automation.approves();
    expect(automation.source.called).toHaveLength(2);
    expect(await automation.stepStates()).toEqual([
      "latency finished",
      "latency finished",
      "first finished",
      "cancel finished",
    ]);
  });

  test("is not made after the alert resolved, though people were asked for it", async () => {
    await automation.shelve([TWO_CHANGES]);
    await automation.fires();
    await automation.approves();
    expect(await automation.run()).toMatchObject({ state: "waiting-approval", asked: { step: 2 } });
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    expect(await automation.approves()).toMatchObject({ ok: false });
    await rig.passes(2 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded" });
    expect(automation.source.called).toHaveLength(1);
  });

  test("is not made after the incident was canceled", async () => {
    await automation.shelve([TWO_CHANGES]);
    await automation.fires();
    await automation.approves();
    await rig.does({ type: "incident.cancel", reason: "false alarm" });
    await rig.passes(MINUTE);
    expect(await automation.approves()).toMatchObject({ ok: false });
    expect(automation.source.called).toHaveLength(1);
    expect(await automation.stepStates()).toContain("cancel skipped");
  });

  test("is not made when the first one helped: what it relies on is read once more", async () => {
    await automation.shelve([TWO_CHANGES]);
    await automation.fires();
    rig.onStep = (step) => {
      if (step.step !== "run.starting") return;
      rig.now += 10;
      if (step.id === "first") automation.metrics.values.set("latency", 0.5);
    };
    await automation.approves();
    expect(automation.source.called).toHaveLength(1);
    expect(await automation.stepStates()).toEqual([
      "latency finished",
      "latency finished",
      "first finished",
      "cancel skipped",
    ]);
    expect(await automation.run()).toMatchObject({ state: "verifying" });
  });

  test("a question that was answered after ten minutes relies on a new reading", async () => {
    await automation.shelve([aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 30m }" })]);
    await automation.fires();
    await rig.passes(11 * MINUTE);
    automation.metrics.values.set("latency", 0.5);
    await automation.approves();
    expect(automation.source.called).toEqual([]);
    expect(await automation.stepStates()).toEqual(["latency finished", "latency finished", "cancel skipped"]);
  });
});
