import { describe, expect, test } from "vitest";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import {
  type CoreHarness,
  coreWithAlerts,
  deliveryOfAlerts,
  factsOf,
  resolvedObservation,
} from "#test/support/harness/core.ts";

const latencyObservation = anObservation();

describe("the first alert", () => {
  test("opens an incident, adds the alert and pages on-call", () => {
    const world = coreWithAlerts();
    expect(world.types()).toEqual(["incident.opened", "alerts.fired", "page.requested", "escalation.armed"]);
    expect(world.incident()).toMatchObject({
      number: 1,
      title: "order-service: p95 latency above 5 s",
      priority: "P2",
      status: "triggered",
      detectedAt: latencyObservation.startsAt,
      alerts: { total: 1, firing: 1, flaps: 0 },
    });
    expect(world.paged()).toEqual(["P2 Alice"]);
  });

  test("brings its runbook, its dashboards and its source, but only as web addresses", () => {
    const world = coreWithAlerts(
      anObservation({ annotations: { runbook_url: "javascript:alert(1)", dashboard_url: "https://g.example/d/1" } }),
    );
    expect(world.incident().links).toEqual({
      runbook: "https://runbooks.example/orders",
      dashboards: [
        { title: "Dashboard", url: "https://g.example/d/1" },
        { title: "Orders", url: "https://grafana.example/d/orders" },
      ],
      source: "http://prom.example:9090/graph?g0.expr=latency",
    });
  });

  test("of several in one delivery gives the incident the worst of their priorities, and pages once", () => {
    const world = coreWithAlerts(
      anObservation({ fingerprint: "a", labels: { ...latencyObservation.labels, severity: "P3" } }),
      anObservation({ fingerprint: "b", labels: { ...latencyObservation.labels, severity: "P0" } }),
    );
    expect(world.incident()).toMatchObject({ priority: "P0", alerts: { total: 2, firing: 2 } });
    expect(world.paged()).toEqual(["P0 Alice, Bob"]);
  });

  test("with the label drill=true opens a drill", () => {
    expect(
      coreWithAlerts(anObservation({ labels: { ...latencyObservation.labels, drill: "true" } })).incident().drill,
    ).toBe(true);
  });

  test("of P3 opens a ticket at once and pages no one", () => {
    const world = coreWithAlerts(anObservation({ labels: { ...latencyObservation.labels, severity: "P3" } }));
    expect(world.types()).toEqual(["incident.opened", "alerts.fired", "ticket.requested"]);
    expect(world.paged()).toEqual([]);
  });
});

describe("further alerts", () => {
  test("of the same key join, and page no one again", () => {
    const world = coreWithAlerts();
    expect(factsOf(world, () => world.receives(deliveryOfAlerts(anObservation({ fingerprint: "second" }))))).toEqual([
      "alerts.fired",
    ]);
    expect(world.incident().alerts).toEqual({ total: 2, firing: 2, flaps: 0 });
  });

  test("that only repeat are no facts at all", () => {
    const world = coreWithAlerts(latencyObservation, { ...latencyObservation, fingerprint: "e" });
    expect(
      factsOf(world, () =>
        Array.from(
          { length: 50 },
          () => (
            world.passes(SECOND),
            world.receives(deliveryOfAlerts(latencyObservation, { ...latencyObservation, fingerprint: "e" }))
          ),
        ),
      ),
    ).toEqual([]);
    expect(world.alerts.get("e")!.repeats).toBe(50);
  });

  test("that flap are counted, and page no one", () => {
    const world = coreWithAlerts();
    expect(
      factsOf(world, () => world.receives(deliveryOfAlerts({ ...latencyObservation, startsAt: NOW + MINUTE }))),
    ).toEqual(["alerts.flapped"]);
    expect(world.incident().alerts).toEqual({ total: 1, firing: 1, flaps: 1 });
  });

  test("that resolve without having fired produce no facts", () => {
    const world = coreWithAlerts();
    expect(
      factsOf(world, () =>
        world.receives(
          deliveryOfAlerts({ ...resolvedObservation(latencyObservation, world), fingerprint: "never-heard" }),
        ),
      ),
    ).toEqual([]);
  });
});

describe("a truncated delivery", () => {
  const truncated = (world: CoreHarness) =>
    aDelivery({ truncated: 1, alerts: [resolvedObservation(latencyObservation, world)] });

  test("never resolves: the member it hides may be the one that fires", () => {
    const world = coreWithAlerts();
    expect(factsOf(world, () => world.receives(truncated(world)))).toEqual(["alerts.resolved", "delivery.truncated"]);
    world.passes(24 * 60 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("is forgotten when the same group is whole again, and only then", () => {
    const world = coreWithAlerts();
    world.receives(truncated(world));
    world.receives({ ...deliveryOfAlerts(resolvedObservation(latencyObservation, world)), groupKey: "another group" });
    expect(world.incident().quietUntil).toBeNull();
    expect(
      factsOf(world, () => world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)))),
    ).toEqual(["delivery.truncated", "quiet.began"]);
  });

  test("ends a quiet time that has begun", () => {
    const world = coreWithAlerts();
    world.receives(deliveryOfAlerts(resolvedObservation(latencyObservation, world)));
    expect(factsOf(world, () => world.receives(truncated(world)))).toEqual(["delivery.truncated", "quiet.ended"]);
  });

  test("that repeats is no fact", () => {
    const world = coreWithAlerts();
    world.receives(truncated(world));
    expect(factsOf(world, () => world.receives(truncated(world)))).toEqual([]);
  });
});
