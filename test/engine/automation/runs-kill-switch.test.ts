import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReader } from "#engine/loop/reader.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { BOB } from "#test/support/builders/people.ts";
import { SECOND } from "#test/support/builders/instants.ts";
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

const header = async (): Promise<string> => {
  await rig.passes(10 * SECOND);
  return JSON.stringify(
    rig.chat.messages.find(({ blocks }) => JSON.stringify(blocks).includes(`"type":"header"`))!.blocks,
  );
};

describe("a process that was started with MUSTER_AUTOMATION=off", () => {
  test("starts no step, and shows why in the run, the header, the status and the list", async () => {
    rig.automationOff = true;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    expect(automation.metrics.asked).toEqual([]);
    expect(await automation.run()).toMatchObject({
      state: "canceled",
      reason: "automation is off for everything, says MUSTER_AUTOMATION=off",
    });
    expect(await header()).toContain("Automation is off for everything: MUSTER_AUTOMATION=off.");
    expect(await createReader(rig.engine).automationOff()).toEqual([
      "Automation is off for everything: MUSTER_AUTOMATION=off.",
    ]);
    expect((await automation.asks({ do: "list" })).text).toContain("MUSTER_AUTOMATION=off");
  });

  test("starts nothing that was approved earlier", async () => {
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    rig.automationOff = true;
    rig.restart();
    await automation.approves();
    expect(automation.source.called).toEqual([]);
    expect(await automation.run()).toMatchObject({ state: "canceled" });
  });

  test("is not switched on by words", async () => {
    rig.automationOff = true;
    await automation.shelve([aRunbookText()]);
    await automation.fires();
    await automation.asks({ do: "switch", scope: "all", name: "", on: false });
    expect((await automation.asks({ do: "switch", scope: "all", name: "", on: true })).text).toContain(
      "MUSTER_AUTOMATION=off",
    );
  });
});

test("the header shows that automation is off, and stops when it is on again", async () => {
  await automation.shelve([aRunbookText()]);
  await automation.fires();
  expect(await header()).not.toContain("Automation is off");
  await automation.asks({ do: "switch", scope: "all", name: "", on: false }, BOB);
  expect(await header()).toContain("Automation is off for everything, says Bob.");
  await automation.asks({ do: "switch", scope: "all", name: "", on: true }, BOB);
  expect(await header()).not.toContain("Automation is off");
});
