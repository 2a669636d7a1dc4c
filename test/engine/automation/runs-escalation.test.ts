import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { BOB } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const pages = async (): Promise<string[]> =>
  (await rig.events()).flatMap((event) =>
    event.type === "page.requested" && event.data.reason.includes("RUN-") ? [event.data.reason] : [],
  );
const LATE = "RUN-1 (cancel-blockers) has not helped within 10 min";
const LONG = { approve: "{ from: ['@oncall'], count: 1, expires: 2h }" };

describe("the deadline of a runbook", () => {
  test("pages its people once while approval is pending, and posts it in the channel", async () => {
    await automation.shelve([aRunbookText(LONG)]);
    await automation.fires();
    await rig.passes(10 * MINUTE - SECOND);
    expect(await pages()).toEqual([]);
    await rig.passes(2 * SECOND);
    expect(await pages()).toEqual([LATE]);
    expect((await rig.events()).find(({ type }) => type === "run.overdue")).toMatchObject({
      data: { page: "orders", state: "waiting-approval" },
    });
    await rig.passes(40 * MINUTE);
    expect(await pages()).toEqual([LATE]);
    expect(await automation.run(), "and the run goes on").toMatchObject({
      state: "waiting-approval",
      escalateAt: null,
    });
    expect(JSON.stringify(rig.chat.messages)).toContain(
      "has not helped within 10 min (waiting for approval): orders is paged",
    );
  });

  test("waits while its alert is not firing, and then pages for a run that did not help", async () => {
    await automation.shelve([aRunbookText().replace("within: 5m", "within: 20m")]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.delete("latency");
    await automation.resolves();
    await rig.passes(12 * MINUTE);
    expect(await pages()).toEqual([]);
    await rig.passes(12 * MINUTE);
    expect((await rig.events()).find(({ type }) => type === "run.failed")).toMatchObject({
      data: { page: "orders" },
    });
  });

  test("applies to a run with an unknown outcome", async () => {
    automation.source.remembers = false;
    automation.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(12 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "unknown" });
    expect(await pages()).toEqual([LATE]);
  });

  test("pages once when the run fails earlier, and not again when it has ended", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    await rig.passes(20 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed" });
    expect(await pages()).toEqual([expect.stringContaining("RUN-1 (cancel-blockers) did not help")]);
  });

  test("that has woken people does not do so again when the run fails after it", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await rig.passes(8 * MINUTE);
    await automation.approves();
    await rig.passes(20 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "failed" });
    expect(await pages()).toEqual([LATE]);
  });

  test("pages no one when the run helped or the alert has resolved", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(20 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded", escalateAt: null });
    expect(await pages()).toEqual([]);
  });

  test("still applies to a denied run while its alert fires", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.asks({ do: "deny", run: 1, hash: null }, BOB);
    await rig.passes(11 * MINUTE);
    expect(await pages()).toEqual([LATE]);
  });

  test("survives a crash, and is announced once by many workers", async () => {
    await automation.shelve([aRunbookText(LONG)]);
    await automation.fires();
    rig.now += 11 * MINUTE;
    rig.restart();
    await Promise.all([1, 2, 3].map(() => createTimerWorker(rig.engine)()));
    rig.restart();
    await rig.settles();
    expect(await pages()).toEqual([LATE]);
  });
});
