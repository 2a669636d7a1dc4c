import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE, SECOND, DAY } from "#test/support/builders/instants.ts";
import { FakeAlertmanager } from "#test/support/doubles/ports/fake-alert-source.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
let alertmanager: FakeAlertmanager;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(async () => {
  await rig.reset();
  alertmanager = new FakeAlertmanager(rig.now - DAY);
});
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const orderAlert = (name: string, severity = "P0") =>
  alertOf({ alertname: name, service: "order-service", severity }, { startsAt: rig.now });
type OrderAlert = ReturnType<typeof orderAlert>;

/** Alertmanager was asked for so long that what it does not list has ended, and its incident too. */
async function resolvesByAbsence(...alerts: readonly OrderAlert[]): Promise<void> {
  await rig.delivers(alerts);
  await rig.monitorsFor(17, alertmanager);
  await rig.passes(2 * MINUTE);
  expect(await rig.incident()).toMatchObject({ status: "resolved", alerts: { firing: 0 } });
}
const firingCount = async (): Promise<number> => (await rig.incident()).alerts.firing;

describe("an alert that Alertmanager no longer reports", () => {
  test("has ended when it is absent from two answers five minutes apart: the resolution of a silenced alert is never sent", async () => {
    const [a, b] = [orderAlert("A"), orderAlert("B")];
    await rig.delivers([a, b]);
    alertmanager.lists(b);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    await rig.passes(5 * MINUTE - 1);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(2);
    await rig.passes(1);
    await rig.monitorsStaleness(alertmanager);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { total: 2, firing: 1, flaps: 0 } });
    alertmanager.lists();
    await rig.monitorsFor(6, alertmanager);
    await rig.passes(2 * MINUTE);
    expect((await rig.incident()).status).toBe("resolved");
  });

  test("is remembered across a crash between the two answers", async () => {
    await rig.delivers([orderAlert("A")]);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    rig.restart();
    await rig.passes(4 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(1);
    rig.restart();
    await rig.passes(MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(0);
  });

  test("has not ended when it is listed again in between: the five minutes begin again", async () => {
    const a = orderAlert("A");
    await rig.delivers([a]);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    alertmanager.lists(a);
    await rig.passes(2 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    alertmanager.lists();
    await rig.passes(3 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    await rig.passes(4 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(1);
    await rig.passes(MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(0);
  });

  test("has not ended when it was delivered again in between", async () => {
    const a = orderAlert("A");
    await rig.delivers([a]);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    await rig.passes(MINUTE);
    await rig.delivers([a]);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    await rig.passes(4 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(1);
    await rig.passes(MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(0);
  });
});

describe("an alert that Alertmanager still reports", () => {
  test("does not count as stale: no other source reports a silenced alert that fires", async () => {
    const a = orderAlert("A", "P3");
    await rig.delivers([a]);
    alertmanager.lists({ ...a, suppressed: true });
    for (let hour = 0; hour < 12; hour++) {
      await rig.passes(HOUR);
      await rig.monitorsStaleness(alertmanager);
    }
    expect(await rig.eventTypes()).not.toContain("alerts.unheard");
    expect(await firingCount()).toBe(1);
  });
});

describe("an Alertmanager that restarted", () => {
  test("with an incomplete list resolvesByAbsence nothing", async () => {
    const a = orderAlert("A");
    await rig.delivers([a]);
    await rig.passes(30 * MINUTE);
    alertmanager.restarts(rig.now);
    await rig.monitorsFor(4, alertmanager);
    alertmanager.lists(a);
    await rig.monitorsFor(30, alertmanager);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { firing: 1 } });
    expect(await rig.eventTypes()).not.toContain("alerts.resolved");
  });

  test("again and again is never believed", async () => {
    await rig.delivers([orderAlert("A")]);
    await rig.passes(30 * MINUTE);
    for (let i = 0; i < 6; i++) {
      alertmanager.restarts(rig.now);
      await rig.monitorsFor(4, alertmanager);
    }
    expect(await firingCount()).toBe(1);
  });

  test("is believed when it has been up for five minutes, and then twice", async () => {
    await rig.delivers([orderAlert("A")]);
    await rig.passes(30 * MINUTE);
    alertmanager.restarts(rig.now);
    await rig.monitorsFor(10, alertmanager);
    expect(await firingCount()).toBe(1);
    await rig.monitorsFor(1, alertmanager);
    expect(await firingCount()).toBe(0);
  });
});

describe("an Alertmanager that cannot be asked", () => {
  test("resolves nothing, reopens nothing, and reports the failure to the caller", async () => {
    await rig.delivers([orderAlert("A")]);
    await rig.passes(11 * MINUTE);
    alertmanager.away = true;
    for (let i = 0; i < 10; i++) {
      await rig.passes(MINUTE);
      await expect(rig.monitorsStaleness(alertmanager)).rejects.toThrow("away");
    }
    expect(await firingCount()).toBe(1);
    alertmanager.away = false;
    await rig.monitorsStaleness(alertmanager);
    expect(await firingCount()).toBe(1);
  });

  test("is not asked while everything was received recently", async () => {
    await rig.delivers([orderAlert("A")]);
    await rig.passes(9 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    expect(alertmanager.asked).toBe(0);
  });
});

describe("an alert that was resolved by reconciliation and still fires", () => {
  test("re-opens its incident quietly when it never stopped", async () => {
    const a = orderAlert("A");
    await resolvesByAbsence(a);
    const pages = rig.paging.triggered.length;
    alertmanager.lists(a);
    await rig.monitorsFor(1, alertmanager);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { total: 1, firing: 1 } });
    expect((await rig.events()).findLast(({ type }) => type === "incident.reopened")?.data).toMatchObject({
      reason: expect.stringContaining("same time") as string,
    });
    await rig.passes(SECOND);
    expect(rig.paging.triggered).toHaveLength(pages);
    await rig.monitorsFor(60, alertmanager);
    expect((await rig.eventTypes()).filter((type) => type === "incident.reopened")).toHaveLength(1);
    expect(await rig.incidents()).toHaveLength(1);
  });

  test("triggers it again when it stopped and started", async () => {
    const a = orderAlert("A");
    await resolvesByAbsence(a);
    const pages = rig.paging.triggered.length;
    await rig.passes(15 * MINUTE);
    alertmanager.lists(orderAlert("A"));
    await rig.monitorsStaleness(alertmanager);
    await rig.passes(SECOND);
    expect(await rig.incident()).toMatchObject({ status: "triggered", alerts: { firing: 1 } });
    expect(rig.paging.triggered.length).toBeGreaterThan(pages);
  });

  test("is left alone when it started again under a silence", async () => {
    const a = orderAlert("A");
    await resolvesByAbsence(a);
    await rig.passes(MINUTE);
    const again = orderAlert("A");
    alertmanager.lists({ ...again, suppressed: true });
    await rig.monitorsFor(3, alertmanager);
    expect((await rig.incident()).status).toBe("resolved");
    alertmanager.lists(again);
    await rig.monitorsFor(1, alertmanager);
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("re-opens its incident under a silence too when it never stopped", async () => {
    const a = orderAlert("A");
    await resolvesByAbsence(a);
    alertmanager.lists({ ...a, suppressed: true });
    await rig.monitorsFor(1, alertmanager);
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("is asked about for a day", async () => {
    const a = orderAlert("A");
    await resolvesByAbsence(a);
    await rig.passes(DAY);
    alertmanager.lists(a);
    await rig.monitorsFor(1, alertmanager);
    expect((await rig.incident()).status).not.toBe("triggered");
  });

  test("is not checked when Alertmanager itself resolved it", async () => {
    const a = orderAlert("A");
    await rig.delivers([a]);
    await rig.passes(11 * MINUTE);
    await rig.monitorsStaleness(alertmanager);
    await rig.receives(deliveryOf([{ ...a, status: "resolved", endsAt: new Date(rig.now).toISOString() }]));
    await rig.settles();
    alertmanager.lists(a);
    await rig.monitorsFor(20, alertmanager);
    expect(await listAlerts(rig.connection.db, { limit: 10 })).toMatchObject([{ status: "resolved" }]);
  });
});
