import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
afterAll(() => rig.close());
beforeEach(() => rig.reset());

const DOWN_ALERT = alertOf({ alertname: "Down", service: "order-service", severity: "P2" }, { startsAt: NOW });
const SLOW = alertOf({ alertname: "Slow", service: "checkout", severity: "P1" }, { startsAt: NOW });

const counts = async () =>
  (await rig.incidents()).map(
    ({ status, alerts, priority }) => `${status} ${priority} ${alerts.firing}/${alerts.total}`,
  );

async function merged(): Promise<void> {
  await rig.receives(deliveryOf([DOWN_ALERT]));
  await rig.settles();
  await rig.receives(deliveryOf([SLOW]));
  await rig.settles();
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.passes(MINUTE);
}

test("a merged incident gives its alerts and its priority to the target, which receives them from then on", async () => {
  await merged();
  expect(await counts()).toEqual(["triggered P1 2/2", "merged P1 0/0"]);
  // Alice, who merges them, is not paged for the rise.
  expect(rig.paging.paged).toEqual(["P2 Alice", "P1 on-call"]);
  await rig.receives(deliveryOf([{ ...SLOW, status: "resolved", endsAt: new Date(rig.now).toISOString() }]));
  await rig.settles();
  expect(await counts()).toEqual(["triggered P1 1/2", "merged P1 0/0"]);
  expect(rig.selfAlerts()).toEqual([]);
});

test("undo returns them, and the target resolves automatically when only the others fired", async () => {
  await merged();
  await rig.receives(deliveryOf([{ ...DOWN_ALERT, status: "resolved", endsAt: new Date(rig.now).toISOString() }]));
  await rig.settles();
  expect(await counts()).toEqual(["triggered P1 1/2", "merged P1 0/0"]);
  await rig.does({ type: "undo" }, { incident: 2 });
  await rig.settles();
  expect(await counts()).toEqual(["triggered P2 0/1", "triggered P1 1/1"]);
  await rig.passes(2 * MINUTE);
  expect(await counts()).toEqual(["resolved P2 0/1", "triggered P1 1/1"]);
  expect(rig.selfAlerts()).toEqual([]);
});
