import { describe, expect, test } from "vitest";
import { isRecheckLost, recheckDelay } from "#domain/alerting/recheck.ts";
import { INCIDENT_DEFAULTS } from "#domain/incident/incident.ts";
import { aDelivery, anAlert } from "#test/support/builders/alert-builders.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { type CoreHarness, factsOf } from "#test/support/harness/core.ts";
import {
  coreOfDown,
  downAlert,
  repeatDown,
  resolveDown,
  RESOLVE_INCIDENT,
} from "#test/support/builders/core/down-alerts.ts";

describe("an incident that a person ended while its alert fires", () => {
  test("is open again after half an hour: the person who ended it is notified first, then people are paged from the first step", () => {
    const world = coreOfDown();
    world.does(RESOLVE_INCIDENT);
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
    expect(world.incident().recheck).toEqual({ at: NOW + 30 * MINUTE, since: NOW, by: ALICE_PERSON });
    for (let i = 0; i < 3; i++) {
      world.passes(9 * MINUTE);
      expect(factsOf(world, () => repeatDown(world))).toEqual([]);
    }
    const before = world.effects.length;
    world.passes(3 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null, resolvedAt: null });
    const types = world.types();
    expect(types.slice(types.lastIndexOf("incident.reopened"))).toEqual([
      "incident.reopened",
      "page.requested",
      "escalation.armed",
    ]);
    const effects = world.effects.slice(before);
    expect(effects[0]).toMatchObject({ type: "chat.direct", to: ALICE_PERSON, about: { kind: "recheck" } });
    expect(effects[1]).toMatchObject({ type: "chat.relay" });
    expect(effects.findIndex(({ type }) => type === "page.trigger")).toBeGreaterThan(1);
    expect(world.incident().escalation.next).not.toBeNull();
    expect(world.events.findLast(({ type }) => type === "incident.reopened")?.data).toMatchObject({
      reason: "1 alert still fires 30 min after Alice ended the incident",
    });
  });

  test("stays over when the alert resolves meanwhile", () => {
    const world = coreOfDown();
    world.does(RESOLVE_INCIDENT);
    world.passes(10 * MINUTE);
    resolveDown(world);
    expect([world.timer("recheck"), world.incident().recheck]).toEqual([null, null]);
    world.passes(5 * HOUR);
    expect(world.incident()).toMatchObject({ status: "resolved", episode: 1 });
  });

  test("is looked at again while any of its alerts fires", () => {
    const world = coreOfDown("P1", {}, ["one", "two"]);
    world.does(RESOLVE_INCIDENT);
    resolveDown(world);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", alerts: { firing: 1 } });
  });

  test("is looked at again also when it was closed", () => {
    const world = coreOfDown();
    world.does(RESOLVE_INCIDENT);
    world.does({ type: "incident.close" });
    world.passes(30 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("waits as long as the policy sets, P0 and P1 half an hour at most", () => {
    const wait = (severity: string, recheck: string): number | null => {
      const world = coreOfDown(severity, { grouping: { recheck } });
      world.does(RESOLVE_INCIDENT);
      return world.timer("recheck")! - NOW;
    };
    expect([wait("P2", "6h"), wait("P2", "45m"), wait("P0", "45m"), wait("P1", "5m")]).toEqual([
      4 * HOUR,
      45 * MINUTE,
      30 * MINUTE,
      5 * MINUTE,
    ]);
  });

  test("and is taken back within ten minutes, is looked at by no one", () => {
    const world = coreOfDown();
    world.does(RESOLVE_INCIDENT);
    world.does({ type: "undo" });
    expect(world.incident()).toMatchObject({ status: "triggered", recheck: null });
    expect(world.timer("recheck")).toBeNull();
  });

  test("and re-opened, and that taken back, is looked at again", () => {
    const world = coreOfDown();
    world.does(RESOLVE_INCIDENT);
    world.does({ type: "incident.reopen", reason: null });
    expect(world.timer("recheck")).toBeNull();
    world.does({ type: "undo" });
    expect(world.incident().status).toBe("resolved");
    expect(world.timer("recheck")).toBe(NOW + 30 * MINUTE);
  });

  test("is re-opened at the priority of what is left when that pages no one", () => {
    const world = coreOfDown("P1");
    world.receives(aDelivery({ alerts: [downAlert("P3", "two")] }));
    world.does(RESOLVE_INCIDENT);
    resolveDown(world);
    world.passes(30 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered", priority: "P3" });
    expect(world.paged()).toEqual(["P1 Alice"]);
  });

  test("needs a reason, and an empty one is none", () => {
    const world = coreOfDown();
    expect(world.asks({ type: "incident.resolve", reason: " \n " })).toMatchObject({ ok: false });
  });
});

describe("old news that never stops", () => {
  const quietP2 = (acknowledged: boolean): CoreHarness => {
    const world = coreOfDown("P2", { priorities: { P2: { ackExpires: null } } });
    if (acknowledged) world.does({ type: "incident.acknowledge" });
    world.passes(5 * MINUTE);
    resolveDown(world);
    world.passes(2 * MINUTE);
    expect(world.incident().status).toBe("resolved");
    repeatDown(world, "P2");
    return world;
  };

  // Without an answer the escalation goes on; an answer that never expires is doubted when the news stands.
  test.each([
    { status: "acknowledged", after: 10 * MINUTE },
    { status: "triggered", after: 30 * MINUTE },
  ])("pages although no one is notified (it is $status again)", ({ status, after }) => {
    const world = quietP2(status === "acknowledged");
    expect(world.incident().status).toBe(status);
    world.passes(after - SECOND);
    expect(world.paged()).toHaveLength(1);
    world.passes(SECOND);
    expect(world.paged()).toEqual(["P2 Alice", status === "triggered" ? "P2 Mia" : "P2 Alice"]);
    expect(world.incident().status).toBe("triggered");
  });

  test("pages no one when the peer that lagged is corrected", () => {
    const world = quietP2(false);
    world.passes(5 * MINUTE);
    resolveDown(world);
    world.passes(HOUR);
    expect([world.incident().status, world.paged().length]).toEqual(["resolved", 1]);
  });

  test("pages no one when someone is at it", () => {
    const world = quietP2(true);
    world.passes(MINUTE);
    world.does({ type: "note.add", text: "looking" });
    world.passes(HOUR);
    expect(world.paged()).toHaveLength(1);
  });
});

describe("the wait for a re-check", () => {
  const seenFor = (ms: number, count: number) => anAlert({ firstSeenAt: NOW, lastSeenAt: NOW + ms, repeats: count });
  test.each([
    ["an alert that was never repeated", [anAlert()], {}, 4 * HOUR],
    ["an alert that is repeated every hour", [seenFor(3 * HOUR, 3)], {}, HOUR],
    ["alerts of which one is repeated rarely", [seenFor(3 * HOUR, 3), seenFor(4 * HOUR, 2)], {}, 2 * HOUR],
    ["an alert that peers repeat at once", [seenFor(SECOND, 9)], {}, 5 * MINUTE],
    [
      "a source that the policy knows",
      [anAlert()],
      { sources: { alertmanager: { repeatInterval: "20m" } } },
      20 * MINUTE,
    ],
    ["a source that is slow", [anAlert()], { sources: { alertmanager: { repeatInterval: "12h" } } }, 4 * HOUR],
  ] as const)("of %s", (_, alerts, policy, expected) => {
    expect(recheckDelay("P2", alerts, aPolicy(policy))).toBe(expected);
    expect(recheckDelay("P1", alerts, aPolicy(policy))).toBe(Math.min(expected, 30 * MINUTE));
  });
});

test("of what a maintenance window holds back is made when the window ends, not a repeat interval later", () => {
  const world = coreOfDown("P1", {
    maintenance: [
      {
        match: ['alertname="Down"'],
        reason: "new racks",
        from: new Date(NOW + 10 * MINUTE).toISOString(),
        until: new Date(NOW + 35 * MINUTE).toISOString(),
      },
    ],
  });
  world.does(RESOLVE_INCIDENT);
  world.passes(30 * MINUTE);
  expect(world.incident()).toMatchObject({ status: "resolved", recheck: { at: NOW + 35 * MINUTE, since: NOW } });
  world.passes(5 * MINUTE);
  expect(world.incident().status).toBe("triggered");
});

describe("a lost re-check", () => {
  const ended = anIncident({ status: "resolved", resolvedAt: NOW, alerts: { total: 1, firing: 1, flaps: 0 } });
  const by = ALICE_PERSON;
  test.each([
    ["of a version that had none", ended, true],
    ["that is due", { ...ended, recheck: { at: NOW, since: NOW, by } }, false],
    ["that is overdue", { ...ended, recheck: { at: NOW - 3 * MINUTE, since: NOW, by } }, true],
    ["that a clock put far ahead", { ...ended, recheck: { at: NOW + 5 * HOUR, since: NOW, by } }, true],
    [
      "that the plan of P1 puts so far ahead",
      { ...ended, priority: "P1", recheck: { at: NOW + 30 * MINUTE, since: NOW, by } },
      false,
    ],
    [
      "of a P1 that a clock put two hours ahead",
      { ...ended, priority: "P1", recheck: { at: NOW + 2 * HOUR, since: NOW, by } },
      true,
    ],
    ["of a false alarm", { ...ended, status: "canceled", falseAlarm: { by, reason: "r" } }, false],
    ["of an open incident", { ...ended, ...INCIDENT_DEFAULTS, status: "triggered" }, false],
  ] as const)("%s: %s", (_, incident, expected) => {
    expect(isRecheckLost(incident, NOW, aPolicy())).toBe(expected);
  });
});
