import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { PortError } from "#ports/port-error.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

// What waits for people in incidents that have no channel of their own.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const calls = (): readonly string[] =>
  rig.chat.messages.flatMap(({ channel, text, blocks }) =>
    text.startsWith("🔔 INC-1:") ? [`${channel}: ${JSON.stringify(blocks)}`] : [],
  );

/** P1 incidents that page and get no channel. */
const withoutChannels = (teams: object = STAFFED_POLICY.teams) =>
  aPolicy({ ...STAFFED_POLICY, teams, priorities: { P1: { channel: false, commandWithin: "5m", repeat: 0 } } });

test("an escalation that no one answers calls for people in the team's channel", async () => {
  rig.policy = withoutChannels();
  await rig.opensIncident();
  await rig.passes(HOUR);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*INC-1.*P1/s)]);
});

test("without a channel of the team they are called where all incidents are watched", async () => {
  const { orders } = STAFFED_POLICY.teams;
  const { channel: _, ...rest } = orders;
  rig.policy = withoutChannels({ orders: rest });
  await rig.opensIncident();
  await rig.passes(HOUR);
  expect(calls()).toEqual([expect.stringMatching(/^incidents: .*U0ALICE01/s)]);
});

test("a missing commander is asked of whoever acknowledged", async () => {
  rig.policy = withoutChannels();
  await rig.opensIncident();
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(6 * MINUTE);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01.*command/s)]);
});

test("an incident with a channel is told of it there, and nowhere else", async () => {
  await rig.opensIncident();
  await rig.passes(2 * HOUR);
  expect(calls()).toEqual([]);
});

test("what happens before the channel is there is told by its feed alone", async () => {
  rig.paging.fails(new PortError("forbidden", "the routing key is unknown", { retryable: false }));
  rig.chat.fails("openChannel", new PortError("unreachable", "no answer", { retryable: true }), { times: 3 });
  await rig.opensIncident();
  await rig.passes(20 * SECOND);
  const { channel } = await rig.incident();
  expect(channel).not.toBeNull();
  expect(calls()).toEqual([]);
  expect(JSON.stringify(rig.chat.in(channel!.id))).toContain("the routing key is unknown");
  rig.log = new FakeLog();
});

test("a page that fails is told where the team is when the chat refuses to open the channel, or takes too long", async () => {
  rig.paging.fails(new PortError("forbidden", "the routing key is unknown", { retryable: false }));
  rig.chat.fails("openChannel", new PortError("unreachable", "no answer", { retryable: true }), { times: 100 });
  await rig.opensIncident();
  await rig.passes(MINUTE);
  expect((await rig.incident()).channel).toBeNull();
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*the routing key is unknown/s)]);
  rig.log = new FakeLog();
});

test("a run that waits for approval shows its buttons where the team is, and calls it", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, automation: {} });
  await rig.automation.shelve([
    aRunbookText({ mode: "auto", approve: "{ from: ['@oncall'], count: 1, expires: 10m }", maxRuns: "9/24h" }),
  ]);
  await rig.automation.fires({ ...HIGH_LATENCY, severity: "P3" });
  await rig.passes(20 * SECOND);
  expect((await rig.incident()).channel).toBeNull();
  const cards = rig.chat.messages.filter(({ blocks }) => JSON.stringify(blocks).includes("run.approve"));
  expect(cards.map(({ channel }) => channel)).toEqual(["team-orders"]);
  expect(calls()).toEqual([expect.stringMatching(/^team-orders: .*U0ALICE01/)]);
  expect(await rig.automation.approves()).toMatchObject({ ok: true });
});

test.each([
  ["their name in the policy", { id: "bob", name: "Bob" }],
  ["their id in the chat", { id: "U0BOB0001", name: "Bob" }],
])("a message for one person finds them by %s", async (_, person) => {
  await rig.opensIncident();
  rig.chat.directs.length = 0;
  await rig.acts({ type: "role.assign", role: "scribe", person });
  expect(rig.chat.directs.map(({ user }) => user)).toEqual(["U0BOB0001"]);
});

describe("a message for someone whom the chat does not know", () => {
  const said = (name: string): readonly string[] =>
    rig.chat.messages.flatMap(({ channel, text }) =>
      text.startsWith(`For ${name}, who`) ? [`${channel}: ${text}`] : [],
    );

  test.each([
    ["a name that only the API knows", { id: "api:ops-script", name: "ops-script" }],
    ["a person of the policy who is not in the chat", { id: "mia", name: "Mia" }],
  ])("is said in the incident's channel: %s", async (_, person) => {
    await rig.opensIncident();
    rig.chat.directs.length = 0;
    await rig.acts({ type: "role.assign", role: "scribe", person });
    const { channel } = await rig.incident();
    expect(said(person.name)).toEqual([
      `${channel!.id}: For ${person.name}, who is not known in this chat: You are Scribe of INC-1: Down on order-service`,
    ]);
    expect(rig.chat.directs).toEqual([]);
  });

  test("is said in the team's channel where the incident has none", async () => {
    rig.policy = withoutChannels();
    await rig.opensIncident();
    await rig.acts({ type: "role.assign", role: "scribe", person: { id: "api:ops-script", name: "ops-script" } });
    expect(said("ops-script")).toEqual([expect.stringMatching(/^team-orders: .*You are Scribe of INC-1/)]);
  });
});
