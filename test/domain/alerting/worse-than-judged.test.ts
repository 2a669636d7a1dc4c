import { describe, expect, test } from "vitest";
import { aDelivery } from "#test/support/builders/alert-builders.ts";
import { coreOfDown, downAlert, repeatDown, RESOLVE_INCIDENT } from "#test/support/builders/core/down-alerts.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { factsOf } from "#test/support/harness/core.ts";

// An alert that fires on gets a higher priority from a later delivery: no one has judged that.

const PATIENT = { P0: { commandWithin: null }, P1: { commandWithin: null } };

describe("after a person ended its incident while it fired, an alert that rises to a priority that pages", () => {
  test("opens it again and pages", () => {
    const world = coreOfDown("P4");
    world.does(RESOLVE_INCIDENT);
    expect(factsOf(world, () => repeatDown(world, "P0"))).toEqual([
      "incident.reopened",
      "priority.changed",
      "page.requested",
      "escalation.armed",
    ]);
    expect(world.incident()).toMatchObject({ status: "triggered", priority: "P0", recheck: null });
    expect(world.events.findLast(({ type }) => type === "incident.reopened")?.data).toMatchObject({
      reason: "an alert that fires on rose from P4 to P0 after the incident had ended",
    });
    expect(world.incidents.size).toBe(1);
  });

  test("stays silent as the false alarm that the person called it, until it resolves", () => {
    const world = coreOfDown("P4");
    world.does({ type: "incident.cancel", reason: "a load test" });
    expect(factsOf(world, () => repeatDown(world, "P0"))).toEqual([]);
    world.receives(aDelivery({ alerts: [{ ...downAlert("P0"), startsAt: world.now }] }));
    expect(world.paged()).toHaveLength(1);
  });

  test("wakes no one when the incident had been as urgent, or when no one is paged at its priority", () => {
    const urgent = coreOfDown("P1", {}, ["one", "two"]);
    urgent.receives(aDelivery({ alerts: [downAlert("P4", "three")] }));
    urgent.does(RESOLVE_INCIDENT);
    expect(factsOf(urgent, () => urgent.receives(aDelivery({ alerts: [downAlert("P1", "three")] })))).toEqual([]);
    const low = coreOfDown("P4");
    low.does(RESOLVE_INCIDENT);
    expect(factsOf(low, () => repeatDown(low, "P3"))).toEqual([]);
  });
});

describe("an alert that paged no one, and fires on at a priority that pages", () => {
  const withLow = () => {
    const world = coreOfDown("P1", { priorities: PATIENT });
    world.receives(aDelivery({ alerts: [downAlert("P4", "low")] }));
    world.does({ type: "incident.acknowledge" });
    return world;
  };

  test("takes a mitigation back, and pages", () => {
    const world = withLow();
    world.passes(20 * MINUTE);
    world.does({ type: "incident.mitigate" });
    world.receives(aDelivery({ alerts: [downAlert("P1", "low")] }));
    expect(world.types().slice(-3)).toEqual(["mitigation.revoked", "page.requested", "escalation.armed"]);
  });

  test("is new to who has the incident: they are notified, and without activity people are paged", () => {
    const world = withLow();
    world.receives(aDelivery({ alerts: [downAlert("P1", "low")] }));
    expect(world.types().slice(-2)).toEqual(["attention.requested", "escalation.armed"]);
    world.passes(HOUR);
    expect(world.paged().length).toBeGreaterThan(1);
  });
});
