import { afterEach, beforeEach, expect, test } from "vitest";
import { measureChannel, StoryHarness, type ChannelMeasure } from "#test/support/harness/story.ts";
import { MESSAGE_BUDGETS } from "./message-budgets.ts";

let house: StoryHarness;
beforeEach(async () => void (house = await StoryHarness.open()));
afterEach(() => house.end());

const LATENCY = { alertname: "HighLatency", service: "order-service", severity: "P2" };
const ERRORS = { alertname: "HighErrorRate", service: "order-service", severity: "P1" };

/** Everything in the incident's channel counts; what stands elsewhere is no matter of these stories. */
async function measure(): Promise<ChannelMeasure> {
  const channel = await house.slack.channel(/^inc-1-/);
  const [pinned] = await house.emulated.pins(channel.id);
  const messages = await house.emulated.messages(channel.id);
  const measured = measureChannel(messages, pinned?.ts ?? null);
  await channel.read();
  for (const name of ["incidents", "payments"]) await (await house.slack.channel(name)).read();
  return measured;
}

/** Fails when the channel has more of anything than the story may have. */
function expectWithin(measured: ChannelMeasure, budget: ChannelMeasure): void {
  const over = Object.entries(budget).filter(([name, most]) => measured[name as keyof ChannelMeasure] > most);
  expect(measured, `more than the budget: ${over.map(([name]) => name).join(", ")}`).toEqual({
    ...measured,
    ...Object.fromEntries(over),
  });
}

const card = async () => (await house.slack.channel(/^inc-1-/)).expectCard();

test("two alerts, six people's verbs, and a resolution", async () => {
  const { alertmanager, slack, time, pages } = house;
  await time.at("14:32");
  await alertmanager.fires(LATENCY, { summary: "Order processing delayed" });
  const channel = await slack.channel(/^inc-1-/);
  await time.at("14:35");
  await (await card()).button("Acknowledge").click({ as: "alice" });
  await (await card()).button("Take command").click({ as: "alice" });
  await time.at("14:37");
  await alertmanager.fires(ERRORS, { summary: "error rate 15 %" });
  await slack.types("alice", "ack", channel.id);
  await time.at("14:39");
  await slack.types("alice", `role scribe <@${house.emulated.people.bob.id}>`, channel.id);
  await slack.types("alice", `role comms <@${house.emulated.people.charlie.id}>`, channel.id);
  await time.at("14:41");
  await slack.types("bob", "note the pool is full", channel.id);
  await slack.types("bob", "note deploy 41 went out at 14:20", channel.id);
  await time.at("14:44");
  await slack.types("alice", "update we roll back deploy 41", channel.id);
  await time.at("14:48");
  await (await card()).button("Mitigated").click({ as: "alice" });
  await time.at("14:51");
  await alertmanager.resolves(ERRORS);
  await time.at("14:53");
  await slack.types("alice", "resolve deploy 41 was rolled back", channel.id);
  await time.at("14:54");
  await house.settles();
  pages.expect(["P2 Alice", "P1 Alice"]);
  for (const name of ["INC-1-postmortem-1.md"]) await channel.expectFile(name);

  const first = (await house.emulated.messages(channel.id)).find(({ subtype }) => subtype === null);
  expect([first?.ts], "the card is the first message").toEqual(
    (await house.emulated.pins(channel.id)).map(({ ts }) => ts),
  );
  expectWithin(await measure(), MESSAGE_BUDGETS["two alerts, six people's verbs, and a resolution"]);
});

test("an alert that resolves by itself", async () => {
  const { alertmanager, time, pages } = house;
  await alertmanager.fires(LATENCY, { summary: "Order processing delayed" });
  await time.passes("5m");
  await alertmanager.resolves(LATENCY);
  await time.passes("2m");
  await house.settles();
  pages.expect(["P2 Alice"]);
  await (await house.slack.channel(/^inc-1-/)).expectFile("INC-1-postmortem-1.md");
  expectWithin(await measure(), MESSAGE_BUDGETS["an alert that resolves by itself"]);
});

test("an alert that no one acknowledges", async () => {
  const { alertmanager, time, pages } = house;
  await alertmanager.fires(ERRORS, { summary: "error rate 15 %" });
  await time.passes("25m");
  await house.settles();
  expect(house.app.paging.triggered.length).toBeGreaterThan(2);
  pages.expect(house.app.paging.triggered.map(({ to, priority }) => `${priority} ${to}`));
  expectWithin(await measure(), MESSAGE_BUDGETS["an alert that no one acknowledges"]);
});

test("a burst of thirty alerts in ten minutes", async () => {
  const { alertmanager, time, pages } = house;
  for (let i = 0; i < 30; i++) {
    await alertmanager.fires({ ...LATENCY, instance: `order-${i}` }, { summary: `order-${i} is slow` });
    await time.passes("20s");
  }
  pages.expect(["P2 Alice"]);
  expectWithin(await measure(), MESSAGE_BUDGETS["a burst of thirty alerts in ten minutes"]);
});
