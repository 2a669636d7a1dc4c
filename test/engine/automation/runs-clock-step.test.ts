import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimRuns } from "#db/due-work.ts";
import type { Run } from "#domain/automation/run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "#domain/automation/step-timeout.ts";
import { auditDeadlines } from "#engine/loop/deadline-audit.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(() => rig.reset());
afterAll(() => rig.close());

const LONG = { approve: "{ from: ['@oncall'], count: 1, expires: 2h }" };

/** Takes the run as a worker does that dies at once. */
async function claimRun(leaseMs: number): Promise<Run[]> {
  await rig.connection.pool.query("update runs set next_at = created_at");
  return claimRuns(rig.connection.db, 1, rig.engine.databaseClock.now(), leaseMs);
}

describe("after the clock was set back by two hours", () => {
  const audits = async (): Promise<void> => {
    rig.now -= 2 * HOUR;
    await auditDeadlines(rig.engine, rig.submit);
    expect(rig.selfAlerts()).toContainEqual(expect.stringContaining("runs waited for longer than their plans ask for"));
  };

  test("the deadline of a runbook comes within its own wait", async () => {
    await automation.shelve([aRunbookText(LONG)]);
    await automation.fires();
    await audits();
    await rig.passes(10 * MINUTE + SECOND);
    expect((await rig.events()).filter(({ type }) => type === "run.overdue")).toHaveLength(1);
  });

  test("a run that died with its worker is taken over within its lease and its step's time", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    const [held] = await claimRun(MINUTE);
    expect(held!.leaseUntil).not.toBeNull();
    await audits();
    const { leaseUntil, nextAt } = await automation.run();
    expect([leaseUntil, nextAt]).toEqual([nextAt, expect.closeTo(rig.now, -7)]);
    expect(nextAt! - rig.now).toBeLessThanOrEqual(2 * MINUTE + DEFAULT_STEP_TIMEOUT_MS);
  });

  test("what a runbook waits for ends within its own time", async () => {
    await automation.shelve([aRunbookText({ steps: "```yaml step\nid: pause\nuses: wait\nwith: { for: 5m }\n```\n" })]);
    await automation.fires();
    expect(await automation.stepStates()).toEqual(["latency finished", "pause started"]);
    await audits();
    await rig.passes(6 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "waiting-approval" });
  });

  test("a step that its dead worker did not do is done again within its own time", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    rig.onStep = ({ step }) => {
      if (step === "run.started") throw new Error("killed");
    };
    await automation.approves();
    rig.onStep = () => {};
    rig.restart();
    expect(automation.source.called).toEqual([]);
    await audits();
    await rig.passes(15 * MINUTE);
    expect(automation.source.called).toHaveLength(1);
  });

  test("a target that was changed is left alone for the runbook's own time, and no longer", async () => {
    await automation.shelve([aRunbookText({ cooldown: "30m" })]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(2 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded" });
    automation.metrics.values.set("latency", 8.5);
    await audits();
    await rig.passes(31 * MINUTE);
    await automation.fires();
    expect(await automation.run(2)).toMatchObject({ state: "waiting-approval" });
  });

  test("a verification goes on, and proves what the run did", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    expect(await automation.run()).toMatchObject({ state: "verifying" });
    await audits();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(20 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded" });
  });

  test("nothing is set again that its plan asks for", async () => {
    await automation.shelve([aRunbookText(LONG)]);
    await automation.fires();
    const before = await automation.run();
    rig.log.lines.length = 0;
    await auditDeadlines(rig.engine, rig.submit);
    expect(await automation.run()).toEqual(before);
    expect(rig.log.lines.map(({ message }) => message)).not.toContainEqual(expect.stringContaining("set again"));
  });
});
