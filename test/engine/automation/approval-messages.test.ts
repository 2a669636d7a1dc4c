import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { PortError } from "#ports/port-error.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectedAlerts: string[] = [];
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy(STAFFED_POLICY);
  expectedAlerts = [];
});
afterEach(() => expect(rig.selfAlerts()).toEqual(expectedAlerts));
afterAll(() => rig.close());

const asksFor = async (approve: string): Promise<void> => {
  await automation.shelve([aRunbookText({ approve })]);
  await automation.fires();
  await rig.passes(2 * SECOND);
};
/** Who was asked to approve, in the order of their messages. */
const requested = () => rig.chat.directs.filter(({ text }) => text.includes("waits for your approval"));
const edits = () => rig.chat.directEdits.map(({ text }) => text);

test("a waiting approval is a direct message to each of those who may give it", async () => {
  await asksFor("{ from: ['@orders', '@bob'], count: 1, expires: 10m }");
  expect(requested().map(({ user }) => user)).toEqual([ALICE.id, BOB.id]);
  expect(requested()[0]!.text).toBe("🙋 RUN-1 of INC-1 waits for your approval: cancel");
});

test("the team as a whole is asked while no one is on call for it", async () => {
  rig.policy = aPolicy({
    ...STAFFED_POLICY,
    teams: { ...STAFFED_POLICY.teams, payments: { members: ["bob", "alice"] } },
  });
  await asksFor("{ from: ['@payments'], count: 1, expires: 10m }");
  expect(requested().map(({ user }) => user)).toEqual([BOB.id, ALICE.id]);
});

test("the members of a group are asked, and without rules the people of the incident", async () => {
  rig.chat.groups.set("@oncall", [BOB.id]);
  await asksFor("{ from: ['@oncall'], count: 1, expires: 10m }");
  expect(requested().map(({ user }) => user)).toEqual([BOB.id]);
});

test("each message shows who approved, once the run goes on", async () => {
  await asksFor("{ from: ['@alice', '@bob'], count: 1, expires: 10m }");
  await automation.approves(BOB);
  await rig.passes(5 * SECOND);
  expect(edits().filter((text) => text.includes("Bob approved *cancel*"))).toHaveLength(2);
  expect(requested()).toHaveLength(2);
});

test("each message shows that it was denied, or that the time ran out", async () => {
  await asksFor("{ from: ['@alice', '@bob'], count: 1, expires: 10m }");
  await automation.asks({ do: "deny", run: 1, hash: null }, BOB);
  await rig.passes(5 * SECOND);
  expect(edits().filter((text) => text.includes("🛑 Bob denied cancel"))).toHaveLength(2);

  await automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, ALICE);
  await rig.passes(15 * MINUTE);
  expect(edits().filter((text) => text.includes("RUN-2") && text.includes("in time"))).toHaveLength(1);
});

test("who asked for a run is not asked to approve it, and who approved already is not asked again", async () => {
  await asksFor("{ from: ['@alice', '@bob'], count: 2, expires: 10m }");
  await automation.asks({ do: "cancel", run: 1 });
  rig.chat.directs.length = 0;
  await automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, ALICE);
  await rig.passes(2 * SECOND);
  expect(requested().map(({ user }) => user)).toEqual([BOB.id]);
  await automation.approves(BOB, 2);
  await rig.passes(5 * SECOND);
  expect(requested()).toHaveLength(1);
});

/** Asks Alice and Bob, after what the incident itself sends. */
const asksLater = async (): Promise<void> => {
  await asksFor("{ from: ['@alice', '@bob'], count: 1, expires: 10m }");
  await automation.asks({ do: "cancel", run: 1 });
  rig.chat.directs.length = 0;
};
const runsAgain = () =>
  automation.asks({ do: "run", name: "cancel-blockers", labels: {} }, { id: "U0MIA0001", name: "Mia" });

test("whom the chat refuses keeps no one else from being asked", async () => {
  await asksLater();
  const refusal = new PortError("forbidden", "Slack reports user_disabled", { retryable: false });
  rig.chat.fails("direct", refusal, { times: 1 });
  await runsAgain();
  await rig.passes(2 * SECOND);
  expect(requested().map(({ user }) => user)).toEqual([BOB.id]);
});

test("a chat that is down for a moment asks each of them once", async () => {
  await asksLater();
  rig.chat.fails("direct", new PortError("unreachable", "the chat is down", { retryable: true }), { times: 2 });
  await runsAgain();
  await rig.passes(MINUTE);
  expect(requested().map(({ user }) => user)).toEqual([ALICE.id, BOB.id]);
  expectedAlerts = Array<string>(2).fill("warn: an effect failed and will be tried again");
});

test("who puts it off is reminded then, while it still waits, and the reminder is edited too", async () => {
  await asksFor("{ from: ['@alice', '@bob'], count: 1, expires: 60m }");
  expect(await automation.asks({ do: "snooze", run: 1, ms: 10 * MINUTE }, BOB)).toEqual({
    ok: true,
    text: "You are reminded of RUN-1 in 10 min, unless it is decided before.",
  });
  await rig.passes(9 * MINUTE);
  expect(requested()).toHaveLength(2);
  await rig.passes(2 * MINUTE);
  expect(requested().map(({ user }) => user)).toEqual([ALICE.id, BOB.id, BOB.id]);
  await automation.approves(ALICE);
  await rig.passes(5 * SECOND);
  expect(edits().filter((text) => text.includes("Alice approved"))).toHaveLength(3);
});

test("a reminder of what was decided meanwhile is not sent, and nothing that does not wait can be put off", async () => {
  await asksFor("{ from: ['@alice', '@bob'], count: 1, expires: 60m }");
  await automation.asks({ do: "snooze", run: 1, ms: 10 * MINUTE }, BOB);
  await automation.asks({ do: "deny", run: 1, hash: null }, ALICE);
  await rig.passes(15 * MINUTE);
  expect(requested()).toHaveLength(2);
  expect(await automation.asks({ do: "snooze", run: 1, ms: 10 * MINUTE }, BOB)).toMatchObject({ ok: false });
});
