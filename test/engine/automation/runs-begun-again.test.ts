import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const CHANGED = "the runbook or the inventory has changed since this run was planned";

describe("a run that waits for people", () => {
  test("goes on in the incident that its own is merged into", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.fires({ ...HIGH_LATENCY, service: "stock-service", alertname: "Other" });
    await rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
    await rig.passes(5 * SECOND);
    expect(await automation.run(1)).toMatchObject({ state: "canceled" });
    expect(await automation.run(2)).toMatchObject({
      incident: 2,
      state: "waiting-approval",
      target: "db/order-service",
    });
    await automation.approves(undefined, 2, 2);
    expect(automation.source.called).toHaveLength(1);
  });

  test("asks again when its page was edited before it was approved", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.shelve([aRunbookText().replace("Something blocks.", "Something else blocks.")]);
    await automation.approves();
    expect(await automation.run(1)).toMatchObject({ state: "canceled", reason: CHANGED });
    expect(automation.source.called).toEqual([]);
    expect(await automation.run(2)).toMatchObject({ state: "waiting-approval", incident: 1 });
    await automation.approves(undefined, 2);
    expect(automation.source.called).toHaveLength(1);
  });

  test("ends once its page is gone, and the incident gets the reason", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.shelve([]);
    await automation.approves();
    await rig.passes(5 * SECOND);
    expect(await automation.runs()).toHaveLength(1);
    expect((await rig.events()).find(({ type }) => type === "runbook.unavailable")).toMatchObject({
      data: { runbook: "cancel-blockers", why: "there is no runbook cancel-blockers that runs by now" },
    });
  });
});

describe("a runbook that matches and cannot run", () => {
  const unavailable = async () =>
    (await rig.events()).flatMap(({ type, data }) => (type === "runbook.unavailable" ? [data] : []));

  test("is one line in the channel and in the timeline, however often its alert fires", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires({ ...HIGH_LATENCY, service: "Order Service" });
    await automation.fires({ ...HIGH_LATENCY, service: "Order Service", pod: "b" });
    await rig.passes(10 * SECOND);
    expect(await unavailable()).toEqual([
      { runbook: "cancel-blockers", why: expect.stringContaining("service") as string },
    ]);
    const lines = rig.chat.messages.filter(({ blocks }) => JSON.stringify(blocks).includes("cannot run:"));
    expect(lines).toHaveLength(1);
  });

  test("is reported of the eleventh run of an incident too", async () => {
    await automation.shelve([aRunbookText({ mode: "suggest" }).replace("from: labels.service", "from: labels.pod")]);
    await automation.fires(...Array.from({ length: 12 }, (_, i) => ({ ...HIGH_LATENCY, pod: `p${i}` })));
    await rig.passes(5 * SECOND);
    expect(await automation.runs()).toHaveLength(10);
    expect(await unavailable()).toEqual([
      { runbook: "cancel-blockers", why: "10 runs have begun, which is the most at once for an incident" },
    ]);
  });
});
