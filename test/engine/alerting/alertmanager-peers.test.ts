import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

const ORDERS_P1 = { service: "order-service", severity: "P1" };
const startsAt = NOW - 30 * SECOND;

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const peerDelivers = async (peer: 1 | 2, endsAt?: number): Promise<void> => {
  await rig.receives(
    deliveryOf([alertOf(ORDERS_P1, { startsAt, ...(endsAt === undefined ? {} : { endsAt }) })], {
      externalURL: `http://am-${peer}:9093`,
    }),
  );
  await rig.settles();
};

describe("two Alertmanager peers that send the same alerts out of step", () => {
  test.each([
    ["while it is still quiet", "1m", 15 * SECOND],
    ["after it was resolved", "1m", 2 * MINUTE],
    ["after it was resolved at once", "0", 15 * SECOND],
  ])("make one incident, one page and one channel when the stale firing comes %s", async (_, quietEvent, later) => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P1: { quiet: quietEvent } } });
    await peerDelivers(1);
    await rig.passes(MINUTE);
    const end = rig.now;
    await peerDelivers(1, end);
    await rig.passes(later);
    await peerDelivers(2);
    await rig.passes(5 * MINUTE);
    await peerDelivers(2, end);
    await rig.passes(90 * SECOND);

    expect(await rig.incidents()).toMatchObject([
      { status: "resolved", resolvedBy: "alerts", alerts: { total: 1, firing: 0, flaps: 0 } },
    ]);
    expect(await listAlerts(rig.connection.db, { limit: 9 })).toMatchObject([
      { externalUrls: ["http://am-1:9093", "http://am-2:9093"] },
    ]);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
    expect(rig.chat.channels.size).toBe(1);
  });

  test("that both send everything create nothing twice", async () => {
    await peerDelivers(1);
    await peerDelivers(2);
    await rig.passes(MINUTE);
    await peerDelivers(1, rig.now);
    await peerDelivers(2, rig.now);
    await rig.passes(10 * MINUTE);
    const types = await rig.eventTypes();
    expect(
      types.filter((type) => type === "alerts.fired" || type === "alerts.resolved" || type === "incident.resolved"),
    ).toEqual(["alerts.fired", "alerts.resolved", "incident.resolved"]);
    expect(rig.paging.paged).toEqual(["P1 Alice"]);
  });
});
