import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { buttonWords } from "#handlers/button-press.ts";
import { aRunbookText } from "#test/support/builders/runbooks/catalogs.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, SECOND } from "#test/support/builders/instants.ts";
import { PortError } from "#ports/port-error.ts";
import { EngineHarness, HIGH_LATENCY } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let automation: EngineHarness["automation"];
let expectsNoSelfAlert = true;
beforeAll(async () => {
  rig = await EngineHarness.open();
  ({ automation } = rig);
});
beforeEach(async () => {
  await rig.reset();
  expectsNoSelfAlert = true;
  rig.policy = aPolicy(STAFFED_POLICY);
  rig.chat.groups.set("@oncall", [BOB.id]);
});
afterEach(() => {
  if (expectsNoSelfAlert) expect(rig.selfAlerts()).toEqual([]);
});
afterAll(() => rig.close());

const P3 = { ...HIGH_LATENCY, severity: "P3" };
const cardOfRun = () => rig.chat.messages.find(({ text }) => text.startsWith("RUN-1 "));

test("those who may approve are mentioned: groups, people, and who is on call for a team", async () => {
  const approve = "{ from: ['@oncall', '@bob', '@orders', '@nobody-there'], count: 1, expires: 10m }";
  await automation.shelve([aRunbookText({ approve })]);
  await automation.fires();
  await rig.passes(2 * SECOND);
  expect(JSON.stringify(cardOfRun()!.blocks)).toContain(
    `<!subteam^S0ONCALL>, <@${BOB.id}>, @orders (<@${ALICE.id}>), @nobody-there (there is no such group) may approve until`,
  );
});

test("whom a message is for is mentioned in it", async () => {
  const steps = "```yaml step\nid: tell\nuses: notify\nwith: { to: '@oncall', text: 'Come.' }\n```\n";
  await automation.shelve([aRunbookText({ steps })]);
  await automation.fires();
  await rig.passes(5 * SECOND);
  const call = rig.chat.messages.find(({ text }) => text.endsWith(": Come."));
  expect(JSON.stringify(call!.blocks)).toContain("<!subteam^S0ONCALL>: Come.");
});

test("a run of an incident without a channel asks in its team's channel, with its buttons", async () => {
  await automation.shelve([aRunbookText()]);
  await automation.fires(P3);
  await rig.passes(5 * SECOND);
  expect(cardOfRun()).toMatchObject({ channel: "team-orders" });
  expect(JSON.stringify(cardOfRun()!.blocks)).toMatch(/<!subteam\^S0ONCALL>.*run\.approve.*run\.deny/s);
  expect(rig.chat.directs.filter(({ text }) => text.includes("waits for your approval"))).toHaveLength(1);
});

test("and shows there why it was kept from what it would do", async () => {
  await automation.shelve([aRunbookText()]);
  await answerRunRequest(rig.engine, { do: "switch", scope: "all", name: "", on: false }, ALICE, null);
  await automation.fires(P3);
  await rig.passes(5 * SECOND);
  expect(await automation.run()).toMatchObject({ state: "canceled" });
  expect(cardOfRun()).toMatchObject({ channel: "team-orders" });
  expect(JSON.stringify(cardOfRun()!.blocks)).toContain("automation is off for");
});

test("and where its channel could not be opened in that of all incidents, under its announcement", async () => {
  expectsNoSelfAlert = false;
  const refusal = new PortError("forbidden", "no scope", { retryable: false });
  rig.chat.fails("openChannel", refusal, { times: 1_000 });
  await automation.shelve([aRunbookText()]);
  await automation.fires({ ...HIGH_LATENCY, service: "stock-service" });
  await rig.passes(5 * SECOND);
  const announced = rig.chat.messages.find(({ channel, text }) => channel === "incidents" && text.includes("INC-1"));
  expect(cardOfRun()).toMatchObject({ channel: "incidents", thread: announced!.id });
});

test("what was asked of no one pages no one: it pages once the chat shows it, if it is late then", async () => {
  expectsNoSelfAlert = false;
  const down = new PortError("unreachable", "the chat is down", { retryable: true });
  rig.chat.fails("post", down, { times: 100_000 });
  rig.chat.fails("direct", down, { times: 100_000 });
  await automation.shelve([aRunbookText({ approve: "{ from: ['@oncall'], count: 1, expires: 60m }" })]);
  await automation.fires(P3);
  await rig.passes(12 * MINUTE);
  expect(await automation.run()).toMatchObject({ state: "waiting-approval" });
  expect(await rig.eventTypes()).not.toContain("run.overdue");
  rig.chat.heals();
  await rig.passes(2 * MINUTE);
  expect(cardOfRun()).toBeDefined();
  expect(await rig.eventTypes()).toContain("run.overdue");
});

test("a run of no incident asks where all incidents are watched, and its buttons name it", async () => {
  await automation.shelve([aRunbookText()]);
  const request = { do: "run", name: "cancel-blockers", labels: { service: "stock-service" } } as const;
  await answerRunRequest(rig.engine, request, ALICE, null);
  await rig.settles();
  await rig.passes(2 * SECOND);
  expect(await automation.run()).toMatchObject({ incident: null, state: "waiting-approval" });
  expect(cardOfRun()).toMatchObject({ channel: "incidents" });
  const shown = JSON.stringify(cardOfRun()!.blocks);
  expect(shown).toMatch(/<!subteam\^S0ONCALL>.*run\.approve/s);
  const value = /"value":"(RUN-1 [0-9a-f]{12})"/.exec(shown)![1];
  expect(buttonWords("run.approve", value)).toEqual({ text: `runbook approve ${value}`, about: null });
  await answerRunRequest(rig.engine, { do: "approve", run: 1, hash: null }, BOB, null);
  await rig.settles();
  expect(automation.source.called).toHaveLength(1);
});
