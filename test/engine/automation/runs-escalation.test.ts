import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
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
  test("wakes whom it names while people are asked, once, and says so in the channel", async () => {
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

  test("waits while its alert is quiet and nothing is proved, and then a run that helped nothing calls for people all the same", async () => {
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

  test("holds for a run of which no one knows what it did", async () => {
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

  test("wakes once when the run fails before it, and not again when it is over", async () => {
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

  test("wakes no one for a run that helped, or when the alert is over", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.approves();
    automation.metrics.values.set("latency", 0.5);
    await automation.resolves();
    await rig.passes(20 * MINUTE);
    expect(await automation.run()).toMatchObject({ state: "succeeded", escalateAt: null });
    expect(await pages()).toEqual([]);
  });

  test("still holds for a run that someone denied while its alert goes on", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.asks({ do: "deny", run: 1, hash: null }, BOB);
    await rig.passes(11 * MINUTE);
    expect(await pages()).toEqual([LATE]);
  });

  test("survives the death of the process, and is told of once by many workers", async () => {
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
