import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pruneHistory } from "#db/retention.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { alertOf, deliveryOf, type AlertBody } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const startsAt = NOW - 30 * SECOND;
const ORDERS_ALERT = alertOf({ service: "order-service", severity: "P1" }, { startsAt });
const stock = alertOf({ service: "stock-service", severity: "P1" }, { startsAt });
const other = alertOf({ service: "other-service", severity: "P1" }, { startsAt });

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const resolvedBody = (alert: AlertBody): AlertBody => ({
  ...alert,
  status: "resolved",
  endsAt: "2026-11-21T14:31:50Z",
});
const mild = (alert: AlertBody): AlertBody => ({ ...alert, labels: { ...alert.labels, severity: "P4" } });
const delivers = async (alerts: readonly AlertBody[], hides = 0, group: Partial<WebhookBody> = {}): Promise<void> =>
  rig.receives(deliveryOf(alerts, { truncatedAlerts: hides, ...group }));
const deliversAndSettles = async (...what: Parameters<typeof delivers>): Promise<void> => {
  await delivers(...what);
  await rig.settles();
};
const hidden = async (incident = 1): Promise<number[]> => Object.values((await rig.incident(incident)).truncated);
const marks = async (): Promise<number[]> =>
  (
    await rig.connection.db.execute<{ incident: number }>(sql`select incident from truncated_groups order by incident`)
  ).rows.map(({ incident }) => incident);

describe("a delivery that was overtaken", () => {
  test("hides nothing when the whole group was received since", async () => {
    await deliversAndSettles([ORDERS_ALERT, stock]);
    // Taken first and decided last: the one after it is the more urgent.
    await delivers([mild(ORDERS_ALERT), mild(stock)], 2);
    await delivers([ORDERS_ALERT]);
    await rig.settles();
    expect([await hidden(1), await hidden(2)]).toEqual([[], []]);
  });

  test("still counts when a delivery of another group overtook it", async () => {
    await deliversAndSettles([ORDERS_ALERT]);
    await delivers([mild(ORDERS_ALERT)], 2, { receiver: "by-service" });
    await delivers([ORDERS_ALERT], 0, { receiver: "by-name" });
    await rig.settles();
    expect(await hidden()).toEqual([2]);
  });

  test("restores no alert when a later one left members out, nor alerts missing from an earlier one", async () => {
    await deliversAndSettles([ORDERS_ALERT], 1);
    await deliversAndSettles([resolvedBody(ORDERS_ALERT)], 1);
    await delivers([mild(stock)]);
    await delivers([other], 5);
    await rig.settles();
    await rig.passes(9 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "triggered", quietUntil: null });
    expect(await hidden()).toEqual([1]);
  });

  test("is recognized with any group name", async () => {
    const group = { receiver: "", groupKey: "__proto__" };
    await deliversAndSettles([ORDERS_ALERT], 0, group);
    await delivers([mild(ORDERS_ALERT)], 0, group);
    await delivers([ORDERS_ALERT], 0, group);
    await rig.settles();
    expect(await rig.eventTypes()).not.toContain("delivery.truncated");
  });
});

describe("truncation marks", () => {
  test("are empty while no group hides members", async () => {
    await deliversAndSettles([ORDERS_ALERT, stock]);
    await deliversAndSettles([resolvedBody(ORDERS_ALERT)]);
    expect(await marks()).toEqual([]);
  });

  test("are deleted a day after the incident has ended, so that a permanently truncated group costs only its open incidents", async () => {
    await deliversAndSettles([ORDERS_ALERT, stock], 3);
    await rig.does({ type: "incident.cancel", reason: "moved to other hosts" });
    await rig.passes(HOUR);
    await pruneHistory(rig.connection.db, rig.now, async () => {});
    expect(await marks()).toEqual([1, 2]);
    await rig.passes(24 * HOUR);
    await pruneHistory(rig.connection.db, rig.now, async () => {});
    expect(await marks()).toEqual([2]);
  });
});
