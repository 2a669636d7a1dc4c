import { describe, expect, test } from "vitest";
import { aDelivery, anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness, factsOf } from "#test/support/harness/core.ts";

const downObservation = anObservation({ labels: { alertname: "Down", service: "order-service", severity: "P1" } });
const deliveryOfOne = (alert: typeof downObservation) => aDelivery({ alerts: [alert] });

/** An incident that fired, was acknowledged or not, and resolved by itself a minute after `length`. */
function resolvedCore(length: number, acknowledged = true): CoreHarness {
  const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, priorities: { P1: { commandWithin: null } } }));
  world.receives(deliveryOfOne(downObservation));
  if (acknowledged) world.asks({ type: "role.claim", role: "commander" });
  world.passes(length);
  world.receives(deliveryOfOne({ ...downObservation, status: "resolved", endsAt: world.now }));
  world.passes(MINUTE);
  return world;
}

const again = (world: CoreHarness) => deliveryOfOne({ ...downObservation, startsAt: world.now });

describe("an alert that fires again", () => {
  test("within the window re-opens its incident, which is triggered again and pages", () => {
    const world = resolvedCore(20 * MINUTE);
    world.passes(10 * MINUTE);
    expect(factsOf(world, () => world.receives(again(world)))).toEqual([
      "incident.reopened",
      "alerts.fired",
      "page.requested",
      "escalation.armed",
    ]);
    expect(world.incident()).toMatchObject({
      status: "triggered",
      episode: 2,
      acknowledgedAt: null,
      resolvedAt: null,
      alerts: { total: 1, firing: 1 },
    });
    expect(world.incidents.size).toBe(1);
  });

  test("after the window opens a new incident", () => {
    const world = resolvedCore(5 * MINUTE);
    world.passes(31 * MINUTE);
    world.receives(again(world));
    expect([world.incidents.size, world.incident(1).status, world.incident(2).status]).toEqual([
      2,
      "resolved",
      "triggered",
    ]);
  });

  test("soon after a page that was answered is paged within a step, not before", () => {
    const world = resolvedCore(2 * MINUTE);
    expect(factsOf(world, () => world.receives(again(world)))).toEqual([
      "incident.reopened",
      "alerts.fired",
      "escalation.armed",
    ]);
    expect(world.incident().escalation).toMatchObject({ step: 0, next: { to: "Alice", at: NOW + 13 * MINUTE } });
    world.passes(9 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice"]);
    world.passes(MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice"]);
  });

  test("soon after a page that reached no one pages at once", () => {
    const world = new CoreHarness(aPolicy({ ...STAFFED_POLICY, priorities: { P1: { repeat: 0 } } }));
    world.receives(deliveryOfOne(downObservation));
    for (let i = 0; i < 3; i++) {
      world.asks({ type: "page.failed", key: world.incident().pages[i]!.key, to: "them", reason: "no key" });
      world.passes(0);
    }
    world.receives(deliveryOfOne({ ...downObservation, status: "resolved", endsAt: world.now }));
    world.passes(2 * MINUTE);
    world.receives(again(world));
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic", "P1 Alice"]);
  });

  test("soon after a page that ended before anyone answered pages at once: no one has seen it", () => {
    const world = resolvedCore(2 * MINUTE, false);
    expect(world.incident().pages).toMatchObject([{ status: "resolved", acknowledgedAt: null }]);
    world.receives(again(world));
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    expect(world.incident().escalation).toMatchObject({ step: 1, next: { to: "Mia", at: world.now + 10 * MINUTE } });
  });

  test("soon after an unanswered page is not held back by an answered one before it", () => {
    const world = resolvedCore(MINUTE);
    world.receives(again(world));
    world.passes(10 * MINUTE);
    world.receives(deliveryOfOne({ ...downObservation, status: "resolved", endsAt: world.now }));
    world.passes(MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    world.receives(again(world));
    expect(world.paged()).toHaveLength(3);
  });

  test("worse than before pages once, at the new level, and escalates from there", () => {
    const world = resolvedCore(20 * MINUTE);
    const worse = { ...downObservation, startsAt: world.now, labels: { ...downObservation.labels, severity: "P0" } };
    expect(factsOf(world, () => world.receives(deliveryOfOne(worse)))).toEqual([
      "incident.reopened",
      "alerts.fired",
      "priority.changed",
      "page.requested",
      "escalation.armed",
    ]);
    expect(world.incident().escalation).toMatchObject({ step: 1, next: { to: "Mia", at: world.now + 10 * MINUTE } });
  });

  test("as an unacknowledged P2 opens its ticket after 20 minutes, as before", () => {
    const world = new CoreHarness();
    world.receives(aDelivery());
    world.asks({ type: "incident.acknowledge" });
    world.receives(deliveryOfOne({ ...anObservation(), status: "resolved", endsAt: world.now }));
    world.passes(2 * MINUTE);
    world.receives(deliveryOfOne(anObservation({ startsAt: world.now })));
    world.passes(20 * MINUTE);
    expect(world.types().filter((type) => type === "ticket.requested")).toHaveLength(1);
  });

  test("re-opens an incident that a person had closed by force", () => {
    const world = new CoreHarness();
    world.receives(deliveryOfOne(downObservation));
    world.asks({ type: "incident.resolve", reason: "false alarm" });
    expect(factsOf(world, () => world.receives(deliveryOfOne(downObservation)))).toEqual([]);
    expect(factsOf(world, () => world.receives(deliveryOfOne({ ...downObservation, startsAt: NOW + 1 })))).toEqual([
      "incident.reopened",
      "alerts.flapped",
      "escalation.armed",
    ]);
    expect(world.incident().alerts).toEqual({ total: 1, firing: 1, flaps: 1 });
  });
});

describe("old news of a stretch that is resolved", () => {
  test.each([
    { acknowledged: true, status: "acknowledged", also: [] },
    { acknowledged: false, status: "triggered", also: ["escalation.armed"] },
  ])(
    "re-opens the incident as it was (acknowledged: $acknowledged) and pages no one for it; the escalation goes on: $also",
    ({ acknowledged, status, also }) => {
      const world = resolvedCore(2 * MINUTE, acknowledged);
      expect(factsOf(world, () => world.receives(deliveryOfOne(downObservation)))).toEqual([
        "incident.reopened",
        "alerts.fired",
        ...also,
      ]);
      expect(world.incident()).toMatchObject({ status, episode: 2, resolvedAt: null });
      expect(world.paged()).toEqual(["P1 Alice"]);
    },
  );

  test("is undone by the peer's own end, as in a healthy cluster", () => {
    const world = resolvedCore(2 * MINUTE);
    world.receives(deliveryOfOne(downObservation));
    world.passes(5 * MINUTE);
    world.receives(deliveryOfOne({ ...downObservation, status: "resolved", endsAt: NOW + 2 * MINUTE }));
    world.passes(MINUTE);
    expect(world.incident().status).toBe("resolved");
    expect([world.incidents.size, world.paged().length]).toEqual([1, 1]);
  });

  test("never opens an incident, even much later", () => {
    const world = resolvedCore(2 * MINUTE);
    world.passes(24 * 60 * MINUTE);
    world.receives(deliveryOfOne(downObservation));
    expect(world.incidents.size).toBe(1);
    expect(world.paged()).toEqual(["P1 Alice"]);
  });
});
