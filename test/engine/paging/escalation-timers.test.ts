import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeEvent as tell } from "#domain/events/event-registry.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

/** "+10 P1 Mia": minutes after the alert. */
const pages = async (): Promise<string[]> =>
  (await rig.events()).flatMap((event) =>
    event.type === "page.requested" ? [`+${(event.at - NOW) / MINUTE} ${event.data.priority} ${event.data.to}`] : [],
  );

describe("without an acknowledgement", () => {
  test("a P0 pages all on-call people, escalates every ten minutes, repeats twice, reports it, and begins again", async () => {
    await rig.opensIncident("P0");
    expect(rig.paging.triggered).toMatchObject([{ to: "Alice, Bob", people: ["alice", "bob"] }]);
    await rig.passes(90 * MINUTE);
    const round = ["Alice, Bob", "Mia", "vic"];
    expect(await pages()).toEqual(Array.from({ length: 9 }, (_, i) => `+${i * 10} P0 ${round[i % 3]}`));
    expect(rig.paging.paged).toHaveLength(9);
    expect((await rig.events()).filter(({ type }) => type === "escalation.exhausted").map(tell)).toEqual([
      "No one is left to page: all 3 steps were paged 3 times and no one acknowledged; paging begins again at 16:12 UTC",
    ]);
    await rig.passes(10 * MINUTE);
    expect((await pages()).at(-1)).toBe("+100 P0 Alice, Bob");
  });

  test("a P1 pages its own on-call people and climbs after ten minutes", async () => {
    await rig.opensIncident("P1");
    await rig.passes(10 * MINUTE - 1);
    expect(await pages()).toEqual(["+0 P1 Alice"]);
    await rig.passes(1);
    expect(await pages()).toEqual(["+0 P1 Alice", "+10 P1 Mia"]);
  });

  test("a P2 is a ticket after twenty minutes, and pages the next step after thirty", async () => {
    await rig.opensIncident("P2");
    await rig.passes(20 * MINUTE - 1);
    expect(rig.tickets.opened).toEqual([]);
    await rig.passes(1);
    expect(rig.tickets.opened).toMatchObject([{ key: "uid-1", title: "INC-1: Down on order-service", team: "orders" }]);
    expect(await rig.incident()).toMatchObject({ tickets: [{ key: "T-1", url: "https://tickets.example/T-1" }] });
    await rig.passes(10 * MINUTE);
    expect([await pages(), rig.tickets.opened.length]).toEqual([["+0 P2 Alice", "+30 P2 Mia"], 1]);
  });

  test("a P3 opens a ticket at once and pages no one", async () => {
    await rig.opensIncident("P3");
    await rig.passes(HOUR);
    expect([await pages(), rig.tickets.opened.length, rig.chat.channels.size]).toEqual([[], 1, 0]);
  });
});

test.each([["incident.acknowledge"], ["incident.mitigate"]] as const)(
  "%s stops the escalation and the ticket, and is sent to the pager",
  async (type) => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { commandWithin: null, ackExpires: null } } });
    await rig.opensIncident("P1");
    await rig.passes(9 * MINUTE);
    await rig.does({ type });
    await rig.does({ type: "role.claim", role: "commander" });
    await rig.passes(24 * HOUR);
    expect(await pages()).toEqual(["+0 P1 Alice"]);
    expect([rig.paging.acknowledged.length, rig.tickets.opened.length]).toEqual([1, 0]);
    expect(await rig.incident()).toMatchObject({
      acknowledgedAt: NOW + 9 * MINUTE,
      pages: [{ status: "acknowledged" }],
      escalation: { next: null },
    });
  },
);

test("a P2 that rises to P1 is paged again at the new level, and escalates from there", async () => {
  await rig.opensIncident("P2");
  await rig.passes(5 * MINUTE);
  await rig.receives(
    deliveryOf([alertOf({ alertname: "Errors", service: "order-service", severity: "P1" }, { startsAt: rig.now })]),
  );
  await rig.passes(HOUR / 6);
  expect(await pages()).toEqual(["+0 P2 Alice", "+5 P1 Alice", "+15 P1 Mia"]);
  expect(await rig.incidents()).toMatchObject([{ priority: "P1", alerts: { total: 2 } }]);
});

test("an acknowledged P1 without a commander is nudged after ten minutes, and after ten more pages the next step once", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { ackExpires: null } } });
  await rig.opensIncident("P1");
  await rig.passes(2 * MINUTE);
  await rig.does({ type: "incident.acknowledge" });
  await rig.passes(10 * MINUTE);
  expect(rig.chat.in("C1").at(-1)?.text).toContain("No one has command");
  expect(await pages()).toEqual(["+0 P1 Alice"]);
  await rig.passes(24 * HOUR);
  expect(await pages()).toEqual(["+0 P1 Alice", "+22 P1 Mia"]);
});

test("reminds no one when command was taken in time, and reminds again when it was given up", async () => {
  rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { ackExpires: null } } });
  await rig.opensIncident("P1");
  await rig.does({ type: "role.claim", role: "commander" });
  await rig.passes(HOUR);
  expect(await pages()).toEqual(["+0 P1 Alice"]);
  await rig.does({ type: "role.assign", role: "commander", person: null });
  await rig.passes(HOUR);
  expect(await pages()).toEqual(["+0 P1 Alice", "+80 P1 Mia"]);
});

test("an overdue update reminds the communications lead, then the commander, and no one once it is written", async () => {
  await rig.opensIncident("P1");
  await rig.does({ type: "role.claim", role: "commander" });
  await rig.does({ type: "role.assign", role: "comms", person: { id: "U0BOB0001", name: "Bob" } });
  await rig.passes(30 * MINUTE);
  const requests = (): string[] =>
    rig.chat.directs.filter(({ text }) => text.includes("overdue")).map(({ user }) => user);
  expect(requests()).toEqual(["U0BOB0001"]);
  await rig.passes(5 * MINUTE);
  expect(requests()).toEqual(["U0BOB0001", "U0ALICE01"]);
  await rig.passes(5 * MINUTE);
  await rig.does({ type: "update.post", text: "we are at it", audience: "internal" });
  await rig.passes(20 * MINUTE);
  expect(requests()).toHaveLength(2);
  expect((await rig.incident()).updates).toMatchObject({
    sent: 1,
    onTime: 0,
    longestSilence: 40 * MINUTE,
    due: NOW + 70 * MINUTE,
  });
});

describe("a timer", () => {
  test("fires once for any number of workers", async () => {
    await rig.opensIncident("P1");
    await rig.settles();
    rig.now += 10 * MINUTE;
    await Promise.all([rig.laneWorkers.timers(), rig.laneWorkers.timers(), rig.laneWorkers.timers()]);
    await rig.settles();
    expect(await pages()).toEqual(["+0 P1 Alice", "+10 P1 Mia"]);
  });

  test("survives a restart, and fires late when it was due meanwhile", async () => {
    await rig.opensIncident("P1");
    rig.restart();
    rig.now += 34 * MINUTE;
    await rig.settles();
    expect(await pages()).toEqual(["+0 P1 Alice", "+10 P1 Mia"]);
    // its page went out now, so the next step is ten minutes from now
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Mia", "P1 vic"]);
  });

  test("asks to be woken for the next one", async () => {
    await rig.opensIncident("P1");
    rig.nudges.length = 0;
    await rig.laneWorkers.timers();
    expect(rig.nudges).toEqual([{ lane: "timers", urgency: 0, delayMs: 10 * MINUTE }]);
  });

  test("that is obsolete does nothing", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, archiveAfter: "1h" });
    await rig.opensIncident("P1");
    await rig.does({ type: "incident.resolve", reason: "by hand" });
    await rig.delivers([alertOf({ service: "order-service", severity: "P1" }, { startsAt: NOW, endsAt: rig.now })]);
    await rig.passes(50 * MINUTE);
    await rig.receives(
      deliveryOf([alertOf({ service: "order-service", severity: "P1", instance: "2" }, { startsAt: rig.now })]),
    );
    await rig.passes(2 * HOUR);
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["closed", "triggered"]);
    expect(rig.chat.channel(/^inc-1-/).archived).toBe(true);
    expect(rig.chat.channel(/^inc-2-/).archived).toBe(false);
  });
});
