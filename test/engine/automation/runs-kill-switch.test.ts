import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReader } from "#engine/loop/reader.ts";
import { aRunbookText } from "#test/support/builders/catalogs.ts";
import { BOB } from "#test/support/builders/people.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { AutomationHarness } from "#test/support/harness/engine.ts";

let at: AutomationHarness;
beforeAll(async () => void (at = await AutomationHarness.open()));
beforeEach(() => at.reset());
afterEach(() => expect(at.rig.troubles()).toEqual([]));
afterAll(() => at.rig.close());

const header = async (): Promise<string> => {
  await at.rig.passes(10 * SECOND);
  return JSON.stringify(
    at.rig.chat.messages.find(({ blocks }) => JSON.stringify(blocks).includes(`"type":"header"`))!.blocks,
  );
};

describe("a process that was started with MUSTER_AUTOMATION=off", () => {
  test("starts no step, and says why in the run, the header, the status and the list", async () => {
    at.rig.automationOff = true;
    await at.shelve([aRunbookText()]);
    await at.fires();
    expect(at.metrics.asked).toEqual([]);
    expect(await at.run()).toMatchObject({
      state: "canceled",
      reason: "automation is off for everything, says MUSTER_AUTOMATION=off",
    });
    expect(await header()).toContain("Automation is off for everything: MUSTER_AUTOMATION=off.");
    expect(await createReader(at.rig.engine).automationOff()).toEqual([
      "Automation is off for everything: MUSTER_AUTOMATION=off.",
    ]);
    expect((await at.asks({ do: "list" })).text).toContain("MUSTER_AUTOMATION=off");
  });

  test("starts nothing that was approved before it was started", async () => {
    await at.shelve([aRunbookText()]);
    await at.fires();
    at.rig.automationOff = true;
    at.rig.restart();
    await at.approves();
    expect(at.source.called).toEqual([]);
    expect(await at.run()).toMatchObject({ state: "canceled" });
  });

  test("is not switched on by words", async () => {
    at.rig.automationOff = true;
    await at.shelve([aRunbookText()]);
    await at.fires();
    await at.asks({ do: "switch", scope: "all", name: "", on: false });
    expect((await at.asks({ do: "switch", scope: "all", name: "", on: true })).text).toContain("MUSTER_AUTOMATION=off");
  });
});

test("the header says that somebody switched automation off, and ceases to", async () => {
  await at.shelve([aRunbookText()]);
  await at.fires();
  expect(await header()).not.toContain("Automation is off");
  await at.asks({ do: "switch", scope: "all", name: "", on: false }, BOB);
  expect(await header()).toContain("Automation is off for everything, says Bob.");
  await at.asks({ do: "switch", scope: "all", name: "", on: true }, BOB);
  expect(await header()).not.toContain("Automation is off");
});
