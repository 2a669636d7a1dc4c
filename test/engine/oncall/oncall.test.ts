import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BOB } from "#test/support/builders/people.ts";
import { createReader } from "#engine/loop/reader.ts";
import { announceShifts, syncPagerShifts } from "#engine/oncall/shift-announcements.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND, DAY } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const PEOPLE = {
  alice: { name: "Alice", slack: "U0ALICE01", pagerduty: "PALICE" },
  bob: { name: "Bob", slack: "U0BOB0001", email: "bob@example.com" },
  mia: { name: "Mia", slack: "U0MIA0001" },
};
// 2026-11-21 is a Saturday: Alice's week began on the Monday before.
const ROTATION = {
  people: PEOPLE,
  teams: { orders: { channel: "team-orders", schedule: "orders", members: ["alice", "bob"] } },
  services: { "order-service": { team: "orders" } },
  schedules: { orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-16" }], userGroup: "@orders-oncall" } },
};
const HANDOFF = Date.UTC(2026, 10, 23, 9);

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy(ROTATION);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const stands = (id: string, from: number, until: number) =>
  rig.arranges({ type: "shift.override", schedule: "orders", person: { id, name: id }, from, until });
async function orderServiceFires(severity = "P1", alertname = "Down"): Promise<void> {
  await rig.fires({ alertname, service: "order-service", severity }, { startsAt: rig.now, summary: "down" });
}
async function orderServiceIsWellAgain(): Promise<void> {
  await rig.does({ type: "incident.resolve", reason: "x" });
  await rig.fires({ alertname: "Down", service: "order-service", severity: "P1" }, { startsAt: NOW, endsAt: rig.now });
}
async function announces(): Promise<void> {
  await announceShifts(rig.engine, rig.submit);
  await rig.settles();
}

describe("who is paged", () => {
  test("is the person on call, then their backup, then the manager, resolved again for each step", async () => {
    await orderServiceFires();
    expect(await rig.incident()).toMatchObject({ escalation: { next: { to: "Bob" } } });
    await rig.passes(25 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob", "P1 the pager's escalation policy"]);
  });

  test("changes with a hand-off between two steps", async () => {
    await rig.passes(HANDOFF - 5 * MINUTE - NOW);
    await orderServiceFires();
    expect((await rig.incident()).escalation.next, "who will be the backup then").toMatchObject({ to: "Alice" });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Alice"]);
  });

  test("is the substitute during an override", async () => {
    await stands("U0MIA0001", NOW, NOW + HOUR);
    await orderServiceFires();
    await orderServiceIsWellAgain();
    await rig.passes(2 * HOUR);
    await orderServiceFires("P1", "Other");
    expect(rig.paging.paged).toEqual(["P1 Mia", "P1 Alice"]);
    expect(
      rig.chat.messages.some(({ channel, text }) => channel === "team-orders" && text.includes("U0MIA0001 is on call")),
    ).toBe(true);
  });

  test("follows the present on-call people on a stored escalation policy", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      teams: { orders: { ...ROTATION.teams.orders, escalation: [{ page: ["backup"], after: "2m" }, ["mia"]] } },
    });
    await orderServiceFires();
    rig.policy = aPolicy({
      ...ROTATION,
      schedules: { orders: { layers: [{ people: ["bob", "mia"], from: "2026-11-16" }] } },
      teams: { orders: { schedule: "orders", escalation: [["alice"]] } },
    });
    await rig.passes(10 * MINUTE);
    expect(rig.paging.paged, "the step is the old one, the backup the new one").toEqual(["P1 Alice", "P1 Mia"]);
    await rig.passes(2 * MINUTE);
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Mia", "P1 Mia"]);
  });

  test("is no one on an empty step: the next step is paged at once, and the timeline records it", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      schedules: { orders: { layers: [{ people: ["alice"], from: "2026-12-01" }] } },
      teams: { orders: { ...ROTATION.teams.orders, escalation: [["role/commander"], ["mia"]] } },
    });
    await orderServiceFires();
    expect(rig.paging.paged).toEqual(["P1 Mia"]);
    const paging = (await rig.events()).find(({ type }) => type === "page.requested");
    expect(paging).toMatchObject({
      data: { reason: expect.stringContaining("no one for on-call, role/commander") as string },
    });
  });

  test("is the pager's own choice when the escalation policy is empty", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      schedules: { orders: { layers: [{ people: ["alice"], from: "2026-12-01" }], backup: "none" } },
      teams: { orders: { schedule: "orders", escalation: [["role/tech"]] } },
    });
    await orderServiceFires();
    expect(rig.paging.paged).toEqual(["P1 the pager's own on-call"]);
  });

  test("sends no direct message to a person with too many unanswered pages, except for a P0 or a call by hand", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      storm: null,
      grouping: { related: null },
      paging: { perPerson: 3, within: "10m" },
    });
    for (let i = 0; i < 5; i++) await orderServiceFires("P2", `A${i}`);
    const withNext = ["P2 Alice", "P2 Bob"];
    expect(rig.paging.paged).toEqual(["P2 Alice", "P2 Alice", "P2 Alice", ...withNext, ...withNext]);
    const directs = (): number => rig.chat.directs.filter(({ user }) => user === "U0ALICE01").length;
    expect(directs()).toBe(3);
    expect((await rig.events(5)).find(({ type }) => type === "page.held")).toMatchObject({
      data: { people: ["Alice"] },
    });
    await orderServiceFires("P0", "Core");
    await rig.does(
      { type: "incident.page", to: { kind: "person", person: { id: "alice", name: "Alice" } }, message: null },
      { incident: 5, actor: BOB },
    );
    await rig.settles();
    expect(rig.paging.paged.slice(7)).toEqual(["P0 Alice", "P2 Alice"]);
    expect(directs()).toBe(5);
    await rig.passes(11 * MINUTE);
    await orderServiceFires("P2", "A9");
    expect(rig.paging.paged.at(-1)).toBe("P2 Alice");
  });

  test("pages count across processes and restarts, until they are answered", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      storm: null,
      grouping: { related: null },
      paging: { perPerson: 1, within: "10m" },
    });
    await orderServiceFires("P2", "A0");
    rig.restart();
    await orderServiceFires("P2", "A1");
    expect(rig.paging.paged).toEqual(["P2 Alice", "P2 Alice", "P2 Bob"]);
    for (const incident of [1, 2]) await rig.does({ type: "incident.acknowledge" }, { incident });
    await rig.settles();
    rig.restart();
    await orderServiceFires("P2", "A2");
    expect(rig.paging.paged.slice(3)).toEqual(["P2 Alice"]);
  });
});

describe("an override", () => {
  test("ends on time, or when a person ends it", async () => {
    await stands("U0MIA0001", NOW, NOW + 5 * DAY);
    await rig.arranges({ type: "shift.restore", schedule: "orders" });
    await orderServiceFires();
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
    await rig.arranges({ type: "shift.restore", schedule: "orders" });
    expect(rig.chat.whispers.at(-1)?.text).toBe("There is no override of orders.");
  });

  test.each([
    { from: NOW, until: NOW, says: "over already" },
    { from: NOW, until: NOW + 91 * DAY, says: "90 days" },
  ])("is refused: $says", async ({ from, until, says }) => {
    await stands("U0MIA0001", from, until);
    expect(rig.chat.whispers.at(-1)?.text).toContain(says);
  });

  test("by a person known only to the chat reaches them there", async () => {
    await stands("U0STRANGER", NOW, NOW + HOUR);
    await orderServiceFires();
    expect(rig.paging.paged).toEqual(["P1 U0STRANGER"]);
    expect(rig.chat.directs.map(({ user }) => user)).toContain("U0STRANGER");
  });
});

describe("a hand-off", () => {
  test("is announced in the team's channel with the open incidents, once, by any number of processes", async () => {
    await rig.passes(HANDOFF - HOUR - NOW);
    await orderServiceFires("P2");
    await rig.passes(HOUR - 1);
    await announces();
    expect(
      rig.chat.messages
        .filter(({ channel }) => channel === "team-orders" && true)
        .some(({ text }) => text.includes("is on call since")),
    ).toBe(false);
    await rig.passes(1);
    await Promise.all([announces(), announces()]);
    rig.restart();
    await announces();
    await rig.passes(20 * MINUTE);
    await announces();
    const announcements = rig.chat.messages.filter(({ text }) => text.includes("is on call since"));
    expect(announcements).toHaveLength(1);
    expect(JSON.stringify(announcements[0]!.blocks)).toContain(
      "<@U0BOB0001> takes over from <@U0ALICE01>, backup <@U0ALICE01>",
    );
    expect(JSON.stringify(announcements[0]!.blocks)).toContain("INC-1");
  });

  test("that fell in a pause is announced late, with its hour; of several only the one in force", async () => {
    await rig.passes(HANDOFF - HOUR - NOW);
    await announces();
    rig.now = HANDOFF + 14 * DAY + 3 * HOUR;
    rig.restart();
    await Promise.all([announces(), announces()]);
    await announces();
    const announcements = rig.chat.messages.filter(({ text }) => text.includes("is on call since"));
    expect(announcements).toHaveLength(1);
    expect(JSON.stringify(announcements[0]!.blocks)).toMatch(
      /<@U0BOB0001> took over from <@U0ALICE01> at .*told late: Muster did not run then/,
    );
  });

  test("puts the person now on call into the user group", async () => {
    await rig.passes(HANDOFF - NOW);
    await announces();
    expect(rig.chat.groups.get("@orders-oncall")).toEqual(["U0BOB0001"]);
    await stands("U0MIA0001", rig.now, rig.now + HOUR);
    await rig.passes(SECOND);
    expect(rig.chat.groups.get("@orders-oncall")).toEqual(["U0MIA0001"]);
    await rig.passes(HOUR - SECOND);
    await announces();
    expect(rig.chat.groups.get("@orders-oncall")).toEqual(["U0BOB0001"]);
  });

  test("into a gap is announced as a gap", async () => {
    rig.policy = aPolicy({
      ...ROTATION,
      schedules: { orders: { layers: [{ people: ["alice"], from: "2026-11-16", until: "2026-11-23" }] } },
    });
    await rig.passes(HANDOFF - NOW);
    await announces();
    expect(JSON.stringify(rig.chat.messages.map(({ blocks }) => blocks))).toContain(
      "the shift of <@U0ALICE01> ended, and no one is on call",
    );
  });
});

describe("a schedule that the pager keeps", () => {
  test("is followed, and its last answer holds while it is unreachable", async () => {
    rig.policy = aPolicy({ ...ROTATION, schedules: { orders: { pagerduty: "PSCHED1" } } });
    rig.paging.schedules.set("PSCHED1", [
      { id: "PALICE", email: null, from: NOW - HOUR, until: NOW + HOUR },
      { id: "PX", email: "bob@example.com", from: NOW + HOUR, until: NOW + 2 * HOUR },
      { id: "PNOBODY", email: null, from: NOW + 2 * HOUR, until: NOW + 3 * HOUR },
    ]);
    await syncPagerShifts(rig.engine);
    await syncPagerShifts(rig.engine);
    expect(rig.log.lines.splice(0).map(({ fields }) => fields)).toMatchObject([
      { schedule: "orders", unknown: ["PNOBODY"] },
      {},
    ]);
    const read = createReader(rig.engine);
    const { overrides } = await read.rota();
    expect(overrides.filter(({ until }) => until > NOW).map(({ person }) => person)).toEqual(["alice", "bob"]);
    await orderServiceFires();
    rig.paging.schedules.clear();
    await syncPagerShifts(rig.engine);
    rig.log.lines.splice(0);
    await orderServiceIsWellAgain();
    await rig.passes(90 * MINUTE);
    await orderServiceFires("P1", "Other");
    expect(rig.paging.paged).toEqual(["P1 Alice", "P1 Bob"]);
  });
});

test("more people for an open alarm are called to it where the pager can do that", async () => {
  rig.paging.reinforces = true;
  await orderServiceFires();
  await rig.passes(10 * MINUTE);
  expect(rig.paging.paged).toEqual(["P1 Alice"]);
  expect(rig.paging.reinforced).toMatchObject([
    { people: ["bob"], level: 2, message: expect.stringContaining("P1 INC-1") as string },
  ]);
  expect((await rig.incident()).pages.map(({ via }) => via)).toEqual(["pager", "pager responder request"]);
  // Someone called by name goes there too, and a rise starts an alarm of its own.
  await rig.does({ type: "incident.set_priority", priority: "P0", reason: null }, { actor: BOB });
  await rig.passes(3 * SECOND);
  expect(rig.paging.paged).toEqual(["P1 Alice", "P0 Alice"]);
  expect(rig.paging.described.at(-1)).toMatchObject({ priority: "P0" });
});
