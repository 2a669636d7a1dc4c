import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { openDatabase } from "#db/client.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { createRefusalLedger } from "#engine/alerting/refusal-ledger.ts";
import { createSubmit } from "#engine/base/submit.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { ALERTMANAGER } from "#test/support/builders/people.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

const CRITICAL = { alertname: "Down", service: "order-service", severity: "P1" };
const startsAt = NOW - 30 * SECOND;

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const firesCritical = async (
  overrides: Partial<WebhookBody> = {},
  start = startsAt,
  labels: Readonly<Record<string, string>> = CRITICAL,
): Promise<void> => {
  await rig.receives(deliveryOf([alertOf(labels, { startsAt: start })], overrides));
  await rig.settles();
};
const resolvesCritical = async (overrides: Partial<WebhookBody> = {}, start = startsAt): Promise<void> => {
  await rig.receives(deliveryOf([alertOf(CRITICAL, { startsAt: start, endsAt: rig.now })], overrides));
  await rig.settles();
};
const storedAlerts = (): Promise<Alert[]> => listAlerts(rig.connection.db, { limit: 100 });

describe("the rules for a correct receiver (docs/alertmanager.md, twelve rules)", () => {
  test("1. answers only after the row is written, and without a row refuses", async () => {
    await rig.receives(deliveryOf([alertOf(CRITICAL, { startsAt })]));
    expect(await rig.commands()).toMatchObject([{ type: "alerts.deliver", doneAt: null }]);
    const connection = await openDatabase(
      { kind: "server", url: "postgres://nobody@127.0.0.1:1/nowhere", connections: 1 },
      () => {},
    );
    const submit = createSubmit({ ...rig.engine, connection });
    await expect(
      submit(aSubmission({ type: "digest.due", day: "2026-11-21" }, { actor: ALERTMANAGER })),
    ).rejects.toThrow();
    expect(rig.nudges).toEqual([{ lane: "apply", urgency: 1, delayMs: 0 }]);
    await connection.close();
  });

  test("2. opens one P1 about Muster itself for a delivery that is too large, even when it is repeated", async () => {
    const ledger = createRefusalLedger(rig.engine, rig.submit);
    for (let i = 0; i < 3; i++) {
      await ledger.refused({ source: "alertmanager", sender: "10.0.0.5", status: 413, reason: "16 MB", parts: [] });
      await rig.passes(MINUTE);
    }
    expect(await rig.incidents()).toMatchObject([
      {
        priority: "P1",
        route: { service: "muster" },
        title: expect.stringContaining("refuses alerts from alertmanager at 10.0.0.5") as string,
      },
    ]);
    expect(rig.paging.triggered).toHaveLength(1);
  });

  test("3. a byte-identical repeat means still firing, and is counted instead of swallowed", async () => {
    for (let i = 0; i < 3; i++) {
      await firesCritical();
      await rig.passes(3 * MINUTE);
    }
    expect(await storedAlerts()).toMatchObject([
      { status: "firing", repeats: 2, flaps: 0, lastSeenAt: NOW + 6 * MINUTE },
    ]);
    expect([(await rig.incidents()).length, rig.paging.triggered.length]).toEqual([1, 1]);
  });

  test("4. keeps one state per source and fingerprint, whichever peer sends it", async () => {
    await firesCritical({ groupKey: "g1", receiver: "a", externalURL: "http://am-1" });
    await firesCritical({ groupKey: "g2", receiver: "b", externalURL: "http://am-2" }, startsAt - 10 * SECOND);
    await firesCritical({ groupKey: "g1", receiver: "a", externalURL: "http://am-1" }, startsAt + 10 * SECOND);
    expect(await storedAlerts()).toMatchObject([
      {
        firstStartsAt: startsAt - 10 * SECOND,
        startsAt: startsAt + 10 * SECOND,
        flaps: 1,
        groupKeys: ["g1", "g2"],
        receivers: ["a", "b"],
        externalUrls: ["http://am-1", "http://am-2"],
      },
    ]);
  });

  test("5. one alert received under two group keys and receivers is one incident and keeps its route", async () => {
    await firesCritical({ groupKey: "g1", receiver: "a" });
    await firesCritical({ groupKey: "g2", receiver: "b" });
    rig.policy = aPolicy({ ...STAFFED_POLICY, services: { "order-service": { team: "payments" } } });
    await resolvesCritical({ groupKey: "g2", receiver: "b" });
    await rig.passes(2 * MINUTE);
    expect(await rig.incidents()).toMatchObject([{ status: "resolved", route: { team: "orders" } }]);
  });

  test("6. resolvesCritical an incident when no member firesCritical and none is hidden, with any status of the group", async () => {
    const [a, b] = [
      alertOf({ ...CRITICAL, instance: "a" }, { startsAt }),
      alertOf({ ...CRITICAL, instance: "b" }, { startsAt }),
    ];
    await rig.receives(deliveryOf([a, b]));
    const ended = (alert: typeof a): typeof a => ({ ...alert, status: "resolved", endsAt: "2026-11-21T14:33:00Z" });
    await rig.receives(deliveryOf([ended(a)]));
    await rig.passes(9 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { total: 2, firing: 1 } });
    await rig.receives(deliveryOf([ended(b)], { truncatedAlerts: 1 }));
    await rig.passes(9 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { firing: 0 }, quietUntil: null });
    await rig.receives(deliveryOf([ended(a), ended(b)]));
    await rig.passes(2 * MINUTE);
    expect(await rig.incident()).toMatchObject({ status: "resolved", resolvedBy: "alerts" });
  });

  test("6. ignores the truncation of an older delivery that is applied later", async () => {
    const [a, b] = [
      alertOf({ ...CRITICAL, instance: "a" }, { startsAt }),
      alertOf({ ...CRITICAL, instance: "b", severity: "P4" }, { startsAt }),
    ];
    await rig.receives(deliveryOf([a]));
    await rig.settles();
    // Taken second and decided first: it is the more urgent one.
    await rig.receives(deliveryOf([{ ...a, labels: { ...a.labels, severity: "P4" } }]));
    await rig.receives(deliveryOf([a], { truncatedAlerts: 3 }));
    await rig.settles();
    expect(Object.values((await rig.incident()).truncated)).toEqual([3]);
    expect(b.fingerprint).not.toBe(a.fingerprint);
  });

  test("6. a group that is complete again clears the truncation mark of every incident", async () => {
    const orders = alertOf({ ...CRITICAL }, { startsAt });
    const payments = alertOf({ ...CRITICAL, service: "payment-service" }, { startsAt });
    await rig.receives(deliveryOf([orders, payments], { truncatedAlerts: 1 }));
    await rig.settles();
    const ended = (alert: typeof orders): typeof orders => ({
      ...alert,
      status: "resolved",
      endsAt: "2026-11-21T14:33:00Z",
    });
    await rig.receives(deliveryOf([ended(payments)], { truncatedAlerts: 1 }));
    await rig.passes(9 * MINUTE);
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["triggered", "triggered"]);
    // Alertmanager forgets an alert once it has reported its end: from now on the group has the other one only.
    await rig.receives(deliveryOf([orders]));
    await rig.passes(2 * MINUTE);
    expect(
      (await rig.incidents())
        .map(({ status, route }) => `${route.service} ${status}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(["order-service triggered", "payment-service resolved"]);
  });

  test("7. firing after resolved re-opens the same incident: quietly for the same start, aloud for a later one, as a new one past the window", async () => {
    await firesCritical();
    await resolvesCritical();
    await rig.passes(2 * MINUTE);
    await firesCritical();
    expect(await rig.incident()).toMatchObject({ status: "triggered", episode: 2 });
    expect([rig.paging.triggered.length, rig.chat.channels.size]).toEqual([1, 1]);
    await resolvesCritical();
    await rig.passes(20 * MINUTE);
    await firesCritical({}, rig.now);
    expect(await rig.incident()).toMatchObject({ status: "triggered", episode: 3 });
    expect([rig.paging.triggered.length, rig.chat.channels.size]).toEqual([2, 1]);
    await resolvesCritical({}, rig.now);
    await rig.passes(40 * MINUTE);
    await firesCritical({}, rig.now);
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["resolved", "triggered"]);
  });

  test("8. records the resolution of an unknown alert and opens nothing", async () => {
    await resolvesCritical();
    expect(await storedAlerts()).toMatchObject([{ status: "resolved", incident: null }]);
    expect(await rig.incidents()).toEqual([]);
  });

  test("9. never resolvesCritical stale alerts: after twice the repeat interval the channel gets a warning", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, priorities: { P0: { ackExpires: null }, P1: { ackExpires: null } } });
    await firesCritical();
    await rig.does({ type: "incident.acknowledge" });
    await rig.passes(8 * HOUR - 1);
    await monitorStaleness(rig.engine, rig.submit);
    await rig.settles();
    expect(await rig.eventTypes()).not.toContain("alerts.unheard");
    await rig.passes(MINUTE);
    await monitorStaleness(rig.engine, rig.submit);
    await rig.passes(30 * 24 * HOUR);
    await monitorStaleness(rig.engine, rig.submit);
    await rig.settles();
    expect((await rig.eventTypes()).filter((type) => type === "alerts.unheard")).toHaveLength(1);
    expect(await rig.incident()).toMatchObject({ status: "acknowledged", alerts: { firing: 1 } });
  });

  test("10. an unknown severity is a P2 with a visible note", async () => {
    await firesCritical({}, startsAt, { alertname: "Odd", service: "order-service", severity: "sev-nine" });
    expect(await rig.incident()).toMatchObject({
      priority: "P2",
      unmapped: true,
      priorityReason: 'unknown severity "sev-nine"; unknown counts as P2',
    });
    await rig.passes(MINUTE);
    const card = rig.chat.in("C1").find(({ pinned }) => pinned);
    expect(JSON.stringify(card?.blocks)).toContain("is not in the policy");
  });

  test("11. applies deliveries in the order of their arrival, with any backlog", async () => {
    for (let i = 0; i < 50; i++) {
      const start = startsAt - MINUTE + i * SECOND;
      await rig.receives(deliveryOf([alertOf(CRITICAL, { startsAt: start })]));
      await rig.receives(deliveryOf([alertOf(CRITICAL, { startsAt: start, endsAt: start + 500 })]));
    }
    await rig.settles();
    expect(await storedAlerts()).toMatchObject([{ status: "resolved", startsAt: startsAt - MINUTE + 49 * SECOND }]);
    expect(await rig.incidents()).toMatchObject([{ alerts: { total: 1, firing: 0 } }]);
  });

  test("12. opens nothing for a Watchdog that always firesCritical; pages when it stops", async () => {
    for (let i = 0; i < 3; i++) {
      await firesCritical({}, startsAt, { alertname: "Watchdog", severity: "none" });
      await monitorStaleness(rig.engine, rig.submit);
      await rig.passes(HOUR);
    }
    expect([await rig.incidents(), rig.paging.triggered, rig.chat.messages]).toEqual([[], [], []]);
    await rig.passes(24 * HOUR);
    await monitorStaleness(rig.engine, rig.submit);
    await rig.settles();
    expect(await rig.incidents()).toMatchObject([
      { priority: "P1", route: { service: "muster" }, title: expect.stringContaining("has gone silent") as string },
    ]);
    expect(rig.paging.triggered).toHaveLength(1);
  });
});
