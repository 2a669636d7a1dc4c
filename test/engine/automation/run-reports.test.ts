import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
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

test("what a run reports is in the thread of its message, and the channel has the request alone", async () => {
  await automation.shelve([aRunbookText()]);
  await automation.fires();
  await rig.passes(5 * SECOND);
  await automation.approves(BOB);
  await rig.passes(5 * SECOND);
  const messages = rig.chat.messages.filter(({ channel }) => channel === rig.chat.channel(/^inc-1-/).id);
  const card = messages.find(({ key }) => key.startsWith("chat.run:"));
  const replies = messages.filter(({ thread }) => thread !== undefined);
  expect(new Set(replies.map(({ thread }) => thread))).toEqual(new Set([card!.id]));
  const lines = replies.flatMap(({ text }) => text.split("\n"));
  expect(lines.filter((line) => line.startsWith("👍 Bob approved cancel of RUN-1"))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("🛠️ RUN-1"))).toHaveLength(1);
  const inChannel = messages.filter(({ thread }) => thread === undefined).map(({ text }) => text);
  expect(inChannel.join("\n")).not.toMatch(/approved cancel|began to change/);
  expect(inChannel.filter((text) => text.includes("asks to cancel"))).toHaveLength(1);
});
