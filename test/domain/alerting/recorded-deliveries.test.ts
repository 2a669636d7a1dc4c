import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toDelivery, type WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { isOpen } from "#domain/values/language.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { SECOND } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";

type Recorded = {
  readonly scenarios: readonly {
    readonly id: string;
    readonly deliveries: readonly { readonly at_s: number; readonly body_raw: string }[];
  }[];
};
const { scenarios } = JSON.parse(
  readFileSync(new URL("../../fixtures/alertmanager-deliveries.json", import.meta.url), "utf8"),
) as Recorded;

/** A world that has received everything of one recorded scenario, each part at its time. */
function played(id: string): CoreHarness {
  const { deliveries } = scenarios.find((scenario) => scenario.id === id)!;
  const first = JSON.parse(deliveries[0]!.body_raw) as WebhookBody;
  const world = new CoreHarness(aPolicy());
  world.now = Date.parse(first.alerts[0]!.startsAt);
  let at = 0;
  for (const delivery of deliveries) {
    world.passes((delivery.at_s - at) * SECOND);
    at = delivery.at_s;
    world.receives(toDelivery(JSON.parse(delivery.body_raw) as WebhookBody));
  }
  return world;
}

describe("deliveries recorded from a real Alertmanager", () => {
  test("open one incident for two alerts that fire and resolve in turn, resolved after the second", () => {
    const world = played("basic");
    expect([world.incidents.size, world.alerts.size, isOpen(world.incident().status)]).toEqual([1, 2, true]);
    expect(world.alerts.values().next().value!.receivers).toEqual(["team.db+oncall (eu)"]);
    world.passes(60 * SECOND);
    expect(world.incident()).toMatchObject({
      status: "resolved",
      resolvedBy: "alerts",
      alerts: { total: 2, firing: 0 },
    });
  });

  test("resolve nothing when the firing member is left out", () => {
    const world = played("truncation_false_resolved");
    world.passes(24 * 3600 * SECOND);
    expect([...world.incidents.values()].map(({ status }) => isOpen(status))).not.toContain(false);
  });

  test("make one incident, one page and one flap when an alert flaps between two repeats", () => {
    const world = played("flap_seen_on_repeat");
    expect([world.incidents.size, world.paged().length, world.incident().alerts.flaps]).toEqual([1, 1, 1]);
  });

  test("make one incident and one page when nothing changes", () => {
    const world = played("repeat");
    expect([world.incidents.size, world.paged().length]).toEqual([1, 1]);
  });

  test("keep every label whose name is also a JavaScript property", () => {
    const world = played("hostile_label_names");
    expect(world.incidents.size).toBe(1);
    expect(Object.keys(world.alerts.values().next().value!.labels)).toEqual(
      expect.arrayContaining(["__proto__", "constructor", "toString"]),
    );
  });
});
