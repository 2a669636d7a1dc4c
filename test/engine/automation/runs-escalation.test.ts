import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTimerWorker } from "#engine/loop/timer-worker.ts";
import { PortError } from "#ports/port-error.ts";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
import { BOB } from "#test/support/builders/people.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { AutomationHarness } from "#test/support/harness/engine.ts";

let at: AutomationHarness;
beforeAll(async () => void (at = await AutomationHarness.open()));
beforeEach(() => at.reset());
afterEach(() => expect(at.rig.troubles()).toEqual([]));
afterAll(() => at.rig.close());

const pages = async (): Promise<string[]> =>
  (await at.rig.events()).flatMap((event) =>
    event.type === "page.requested" && event.data.reason.includes("RUN-") ? [event.data.reason] : [],
  );
const LATE = "RUN-1 (cancel-blockers) has not helped within 10 min";
const LONG = { approve: "{ from: ['@oncall'], count: 1, expires: 2h }" };

describe("the deadline of a runbook", () => {
  test("wakes whom it names while people are asked, once, and says so in the channel", async () => {
    await at.shelve([aRunbookText(LONG)]);
    await at.fires();
    await at.rig.passes(10 * MINUTE - SECOND);
    expect(await pages()).toEqual([]);
    await at.rig.passes(2 * SECOND);
    expect(await pages()).toEqual([LATE]);
    expect((await at.rig.events()).find(({ type }) => type === "run.overdue")).toMatchObject({
      data: { page: "orders", state: "waiting-approval" },
    });
    await at.rig.passes(40 * MINUTE);
    expect(await pages()).toEqual([LATE]);
    expect(await at.run(), "and the run goes on").toMatchObject({ state: "waiting-approval", escalateAt: null });
    expect(JSON.stringify(at.rig.chat.messages)).toContain(
      "has not helped within 10 min (waiting for approval): orders is paged",
    );
  });

  test("waits while its alert is quiet and nothing is proved, and then a run that helped nothing calls for people all the same", async () => {
    await at.shelve([aRunbookText().replace("within: 5m", "within: 20m")]);
    await at.fires();
    await at.approves();
    at.metrics.values.delete("latency");
    await at.resolves();
    await at.rig.passes(12 * MINUTE);
    expect(await pages()).toEqual([]);
    await at.rig.passes(12 * MINUTE);
    expect((await at.rig.events()).find(({ type }) => type === "run.failed")).toMatchObject({
      data: { page: "orders" },
    });
  });

  test("holds for a run of which nobody knows what it did", async () => {
    at.source.remembers = false;
    at.source.faults.push({
      error: new PortError("timeout", "no answer", { retryable: true, mayHaveHappened: true }),
      did: true,
    });
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.approves();
    await at.rig.passes(12 * MINUTE);
    expect(await at.run()).toMatchObject({ state: "unknown" });
    expect(await pages()).toEqual([LATE]);
  });

  test("wakes once when the run fails before it, and not again when it is over", async () => {
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.approves();
    await at.rig.passes(20 * MINUTE);
    expect(await at.run()).toMatchObject({ state: "failed" });
    expect(await pages()).toEqual([expect.stringContaining("RUN-1 (cancel-blockers) did not help")]);
  });

  test("that has woken people does not do so again when the run fails after it", async () => {
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.rig.passes(8 * MINUTE);
    await at.approves();
    await at.rig.passes(20 * MINUTE);
    expect(await at.run()).toMatchObject({ state: "failed" });
    expect(await pages()).toEqual([LATE]);
  });

  test("wakes nobody for a run that helped, or when the alert is over", async () => {
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.approves();
    at.metrics.values.set("latency", 0.5);
    await at.resolves();
    await at.rig.passes(20 * MINUTE);
    expect(await at.run()).toMatchObject({ state: "succeeded", escalateAt: null });
    expect(await pages()).toEqual([]);
  });

  test("still holds for a run that somebody denied while its alert goes on", async () => {
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.asks({ do: "deny", run: 1, hash: null }, BOB);
    await at.rig.passes(11 * MINUTE);
    expect(await pages()).toEqual([LATE]);
  });

  test("survives the death of the process, and is told of once by many workers", async () => {
    await at.shelve([aRunbookText(LONG)]);
    await at.fires();
    at.rig.now += 11 * MINUTE;
    at.rig.restart();
    await Promise.all([1, 2, 3].map(() => createTimerWorker(at.rig.engine)()));
    at.rig.restart();
    await at.rig.settles();
    expect(await pages()).toEqual([LATE]);
  });
});
