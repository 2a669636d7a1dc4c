import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { overridesBetween } from "#db/arrangements/arrangements.ts";
import { countSuppressedAlerts } from "#db/alerts.ts";
import { announceShifts, syncPagerShifts } from "#engine/oncall/shift-announcements.ts";
import { ingestUnsilenced } from "#engine/alerting/silence-expiry.ts";
import { PortError } from "#ports/port-error.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness, serviceFires, serviceRecovers } from "#test/support/harness/engine.ts";

// What an attack on paging found, each written as what must hold.

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterAll(() => rig.close());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));

describe("a silence", () => {
  const silence = (ms: number, matcher = "service=order-service") =>
    rig.arranges({ type: "mute.set", matchers: [matcher], from: rig.now, until: rig.now + ms, reason: "x" });
  const watched = async (): Promise<void> => {
    await ingestUnsilenced(rig.engine, rig.submit);
    await rig.settles();
  };

  test("does not make an alert count twice that its incident counts already", async () => {
    await serviceFires(rig);
    await rig.acts({ type: "incident.resolve", reason: "x" });
    await silence(HOUR);
    await serviceFires(rig, { startsAt: rig.now + MINUTE });
    await rig.passes(HOUR);
    await watched();
    const open = (await rig.incidents()).at(-1)!;
    expect(open.alerts).toMatchObject({ total: 1, firing: 1 });
    await serviceRecovers(rig);
    await rig.passes(5 * MINUTE);
    expect((await rig.incident(open.number)).status).toBe("resolved");
  });

  test("that is removed from the policy opens its incidents within one round, most urgent first", async () => {
    rig.policy = aPolicy({
      ...STAFFED_POLICY,
      maintenance: [
        { match: ["service=~.+"], reason: "move", from: "2026-11-21T14:00:00Z", until: "2026-11-29T14:00:00Z" },
      ],
    });
    for (let i = 0; i < 5; i++) await serviceFires(rig, { service: `s${i}`, severity: "P3" });
    await serviceFires(rig, { severity: "P0" });
    expect(await rig.incidents()).toEqual([]);
    rig.policy = aPolicy(STAFFED_POLICY);
    await watched();
    expect((await rig.incidents()).map(({ priority }) => priority)).toEqual(["P0", "P3", "P3", "P3", "P3", "P3"]);
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(0);
  });

  test("that returns before its alert arrived suppresses it again, and loses nothing when it ends", async () => {
    const window = [
      { match: ["service=order-service"], reason: "move", from: "2026-11-21T14:00:00Z", until: "2026-11-29T14:00:00Z" },
    ];
    rig.policy = aPolicy({ ...STAFFED_POLICY, maintenance: window });
    await serviceFires(rig);
    for (let i = 0; i < 2; i++) {
      rig.policy = aPolicy(STAFFED_POLICY);
      await ingestUnsilenced(rig.engine, rig.submit);
      rig.policy = aPolicy({ ...STAFFED_POLICY, maintenance: window });
      await rig.settles();
      await rig.passes(MINUTE);
    }
    expect(await rig.incidents()).toEqual([]);
    rig.policy = aPolicy(STAFFED_POLICY);
    await watched();
    expect(await rig.incidents()).toHaveLength(1);
  });

  test("of a watchdog suppresses nothing, and its silence counts as silent", async () => {
    await silence(HOUR, "alertname=Watchdog");
    await serviceFires(rig, { service: "prometheus", severity: "none", alertname: "Watchdog" });
    expect(await countSuppressedAlerts(rig.connection.db)).toBe(0);
  });
});

describe("a schedule", () => {
  const people = {
    alice: { name: "Alice", slack: "U0ALICE01", pagerduty: "PALICE" },
    bob: { name: "Bob", slack: "U0BOB0001", pagerduty: "PBOB" },
  };
  const kept = {
    people,
    teams: { orders: { schedule: "orders", channel: "team-orders" } },
    services: { "order-service": { team: "orders" } },
  };

  test("that moved from the pager into the policy is the policy's at once", async () => {
    rig.policy = aPolicy({ ...kept, schedules: { orders: { pagerduty: "P1" } } });
    rig.paging.schedules.set("P1", [{ id: "PBOB", email: null, from: NOW, until: NOW + 30 * 24 * HOUR }]);
    await syncPagerShifts(rig.engine);
    rig.policy = aPolicy({ ...kept, schedules: { orders: { layers: [{ people: ["alice"] }] } } });
    await serviceFires(rig);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });

  test("that the pager refuses blocks no others, and an unchanged one is stored once", async () => {
    rig.policy = aPolicy({ ...kept, schedules: { broken: { pagerduty: "P0" }, orders: { pagerduty: "P1" } } });
    const requests = rig.paging.oncalls.bind(rig.paging);
    rig.paging.oncalls = (schedule) =>
      schedule === "P0" ? Promise.reject(new PortError("not_found", "gone", { retryable: false })) : requests(schedule);
    for (let i = 0; i < 20; i++) {
      rig.paging.schedules.set("P1", [{ id: "PBOB", email: null, from: rig.now, until: rig.now + 60 * 24 * HOUR }]);
      await syncPagerShifts(rig.engine);
      rig.now += 5 * MINUTE;
    }
    expect(await overridesBetween(rig.connection.db, NOW - HOUR, NOW + 24 * HOUR)).toHaveLength(1);
    await serviceFires(rig);
    expect(rig.paging.paged).toEqual(["P1 Bob"]);
    rig.log.lines.splice(0);
  });

  test("with a person who left the policy is covered by overrides only", async () => {
    rig.policy = aPolicy({ ...kept, schedules: { orders: { layers: [{ people: ["alice"] }] } } });
    await rig.arranges({
      type: "shift.override",
      schedule: "orders",
      person: { id: "bob", name: "Bob" },
      from: NOW,
      until: NOW + HOUR,
    });
    rig.policy = aPolicy({
      ...kept,
      people: { alice: people.alice },
      schedules: { orders: { layers: [{ people: ["alice"] }] } },
    });
    await serviceFires(rig);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });

  test("whose handoff was missed updates its group within the hour", async () => {
    rig.policy = aPolicy({
      ...kept,
      schedules: { orders: { layers: [{ people: ["alice", "bob"], from: "2026-11-16" }], userGroup: "@oncall" } },
    });
    rig.now = Date.UTC(2026, 10, 23, 12);
    await announceShifts(rig.engine, rig.submit);
    await rig.settles();
    await rig.passes(SECOND);
    expect(rig.chat.groups.get("@oncall")).toEqual(["U0BOB0001"]);
  });
});
