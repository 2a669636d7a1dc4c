import { createReader } from "#engine/loop/reader.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  rig.policy = aPolicy({ ...STAFFED_POLICY, grouping: { related: null } });
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const ordersAlert = (options: object = {}) =>
  alertOf({ alertname: "Slow", service: "order-service", severity: "P2" }, { startsAt: NOW, ...options });
const payments = (options: object = {}) =>
  alertOf({ alertname: "Errors", service: "payment-service", severity: "P1" }, { startsAt: NOW, ...options });
const opensBoth = async (): Promise<void> => {
  await rig.receives(deliveryOf([ordersAlert()]));
  await rig.settles();
  await rig.receives(deliveryOf([payments()]));
  await rig.passes(10_000);
};
const counts = async (): Promise<unknown[]> =>
  (await rig.incidents()).map(({ status, alerts }) => [status, alerts.total, alerts.firing]);
const homes = async (): Promise<unknown[]> =>
  (await listAlerts(rig.connection.db, { limit: 10 }))
    .map(({ labels, incident }) => [Object.fromEntries(Object.entries(labels))["service"], incident])
    .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])));

test("moves the alerts to the target, which rises; the page goes along, and the other's channel has a link", async () => {
  await opensBoth();
  expect(await counts()).toEqual([
    ["triggered", 1, 1],
    ["triggered", 1, 1],
  ]);
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.passes(10_000);
  expect(await counts()).toEqual([
    ["triggered", 2, 2],
    ["merged", 0, 0],
  ]);
  expect(await rig.incident(1)).toMatchObject({ priority: "P1", priorityReason: "INC-2, a P1, was merged into it" });
  expect(await homes()).toEqual([
    ["order-service", 1],
    ["payment-service", 1],
  ]);
  expect(rig.paging.resolved).toEqual([]);
  const askedBy = (await rig.incident(1)).pages.map(({ origin }) => origin?.incident ?? 1);
  expect(askedBy.toSorted((a, b) => a - b)).toEqual([1, 2]);
  expect(rig.chat.in("C2").map(({ text }) => text)).toContainEqual(expect.stringContaining("is now a part of"));
});

test("the postmortem of the one that goes on has what was written in both", async () => {
  await opensBoth();
  await rig.does({ type: "note.add", text: "cards are refused since noon" }, { incident: 2 });
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.does({ type: "note.add", text: "the pool is full" }, { incident: 1 });
  await rig.passes(10_000);
  const { markdown } = (await createReader(rig.engine).postmortem(1))!;
  expect(markdown).toMatch(/\| .*cards are refused since noon \| Alice \| INC-2 \|/);
  expect(markdown).toContain("the pool is full");
});

test("later alert events of the merged incident apply to the target", async () => {
  await opensBoth();
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.passes(10_000);
  await rig.receives(
    deliveryOf([
      alertOf({ alertname: "Errors", service: "payment-service", severity: "P1", pod: "b" }, { startsAt: rig.now }),
    ]),
  );
  await rig.receives(deliveryOf([payments({ endsAt: rig.now })]));
  await rig.receives(deliveryOf([ordersAlert({ endsAt: rig.now })]));
  await rig.settles();
  expect(await counts()).toEqual([
    ["triggered", 3, 1],
    ["merged", 0, 0],
  ]);
});

test("undone, each has its own again, as they are by then", async () => {
  await opensBoth();
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.passes(10_000);
  await rig.receives(deliveryOf([payments({ endsAt: rig.now })]));
  await rig.settles();
  await rig.does({ type: "undo" }, { incident: 2 });
  await rig.settles();
  expect(await counts()).toEqual([
    ["triggered", 1, 1],
    ["triggered", 1, 0],
  ]);
  expect(await homes()).toEqual([
    ["order-service", 1],
    ["payment-service", 2],
  ]);
  await rig.passes(10 * MINUTE);
});

test("undone, the team that came along is not looked for there any longer, and its alarm goes back with it", async () => {
  const services = { "order-service": { team: "orders" }, "payment-service": { team: "payments" } };
  rig.policy = aPolicy({ ...STAFFED_POLICY, services, grouping: { related: null } });
  await opensBoth();
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.passes(10_000);
  const { pages, teamEscalations } = await rig.incident(1);
  expect(Object.keys(teamEscalations)).toEqual(["payments"]);
  await rig.does({ type: "undo" }, { incident: 2 });
  await rig.passes(1_000);
  expect((await rig.incident(1)).teamEscalations).toEqual({});
  const key = pages.findLast(({ team }) => team === "payments")!.key;
  expect((await rig.incident(2)).pages.map((page) => [page.key, page.status])).toEqual([[key, "sent"]]);
  expect(rig.paging.resolved.some((dedupKey) => dedupKey.includes(key))).toBe(false);
});

test.each([
  ["itself", { incident: 1, into: 1 }, "INC-1 cannot be merged into itself."],
  ["one that does not exist", { incident: 1, into: 9 }, "There is no INC-9."],
] as const)("into %s is refused", async (_, { incident, into: mergeTarget }, refusal) => {
  await opensBoth();
  await rig.does({ type: "incident.merge", into: mergeTarget }, { incident });
  await rig.settles();
  expect((await rig.incident(1)).status).toBe("triggered");
  expect(await rig.outcomes()).toContain(`refused: ${refusal}`);
});

test("into a merged incident is refused, so that there are no cycles", async () => {
  await opensBoth();
  await rig.does({ type: "incident.merge", into: 1 }, { incident: 2 });
  await rig.does({ type: "incident.merge", into: 2 }, { incident: 1 });
  await rig.settles();
  expect((await rig.incident(1)).status).toBe("triggered");
});
