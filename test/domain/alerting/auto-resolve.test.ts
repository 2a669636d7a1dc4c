import { describe, expect, test } from "vitest";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import {
  CoreHarness,
  coreWithAlerts,
  deliveryOfAlerts,
  factsOf,
  resolvedObservation,
} from "#test/support/harness/core.ts";

const latencyObservation = anObservation();

describe("quiet", () => {
  test("of one of two alerts begins no quiet time", () => {
    const world = coreWithAlerts(latencyObservation, { ...latencyObservation, fingerprint: "second" });
    expect(
      factsOf(world, () => world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)))),
    ).toEqual(["alerts.resolved"]);
  });

  test("of all begins a quiet time, and then resolves", () => {
    const world = coreWithAlerts();
    expect(
      factsOf(world, () => world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)))),
    ).toEqual(["alerts.resolved", "quiet.began"]);
    expect(world.incident()).toMatchObject({ status: "triggered", quietUntil: world.now + MINUTE });
    expect(factsOf(world, () => world.passes(MINUTE))).toEqual(["incident.resolved"]);
    expect(world.incident()).toMatchObject({
      status: "resolved",
      resolvedBy: "alerts",
      resolvedAt: NOW + MINUTE,
      quietUntil: null,
    });
  });

  test("ends when an alert fires, and resolves nothing", () => {
    const world = coreWithAlerts();
    world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
    world.passes(30 * SECOND);
    expect(
      factsOf(world, () => world.receives(deliveryOfAlerts({ ...latencyObservation, startsAt: world.now }))),
    ).toEqual(["alerts.fired", "quiet.ended"]);
    world.passes(60 * MINUTE);
    expect(world.types()).not.toContain("incident.resolved");
  });

  test("ends when a stale peer reports that the alert still fires", () => {
    const world = coreWithAlerts();
    world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
    expect(factsOf(world, () => world.receives(deliveryOfAlerts(latencyObservation)))).toEqual([
      "alerts.fired",
      "quiet.ended",
    ]);
    expect(world.paged()).toEqual(["P2 Alice"]);
  });

  test("starts again with its own deadline: the previous timer resolves nothing", () => {
    const world = coreWithAlerts();
    world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
    const first = world.incident().quietUntil!;
    world.passes(30 * SECOND);
    world.receives(deliveryOfAlerts({ ...latencyObservation, startsAt: world.now }));
    world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
    expect(factsOf(world, () => world.asks({ type: "timer.due", timer: "quiet", due: first }))).toEqual([]);
  });

  test("resolves at once where the policy has no quiet period, and never where a person must resolve", () => {
    for (const [quiet, status] of [
      ["0s", "resolved"],
      [null, "triggered"],
    ] as const) {
      const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, priorities: { P2: { quiet } } }));
      world.receives(deliveryOfAlerts(latencyObservation));
      world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
      world.passes(24 * 60 * MINUTE);
      expect(world.incident().status).toBe(status);
    }
  });
});
