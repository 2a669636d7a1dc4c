import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readHeartbeat, recordHeartbeat } from "#db/watch/heartbeats.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { DAY, HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { FakeAlertmanager } from "#test/support/doubles/ports/fake-alert-source.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const watchdog = (labels: Readonly<Record<string, string>> = {}) =>
  alertOf({ alertname: "Watchdog", severity: "none", ...labels }, { startsAt: rig.now - HOUR });
const within = (time: string, more: object = {}) =>
  aPolicy({ ...STAFFED_POLICY, watchdogs: [{ match: ['alertname="Watchdog"'], within: time }], ...more });
const titles = async () => (await rig.incidents()).map(({ title }) => title);
const SILENT = "muster: alertmanager has gone silent";
const beats = () => recordHeartbeat(rig.connection.db, "doors", rig.now);

/** Minutes go by, in each of which Muster can receive. */
async function receivesFor(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    await rig.passes(Math.min(left, MINUTE));
    await beats();
  }
}

/** Nothing of Muster runs. */
const pauses = (ms: number): void => void (rig.now += ms);

describe("a watchdog is found by what it is", () => {
  test("behind 1,200 newer alerts in maintenance that belong to no incident", async () => {
    rig.policy = within("1h", {
      maintenance: [
        {
          match: ['env="staging"'],
          reason: "new racks",
          from: new Date(rig.now - HOUR).toISOString(),
          until: new Date(rig.now + DAY).toISOString(),
        },
      ],
    });
    await rig.delivers([watchdog()]);
    await rig.passes(MINUTE);
    await rig.delivers(
      Array.from({ length: 1_200 }, (_, i) =>
        alertOf({ alertname: "Held", instance: `${i}`, env: "staging", severity: "P1" }, { startsAt: rig.now }),
      ),
    );
    expect(await rig.incidents()).toEqual([]);
    await rig.passes(HOUR);
    await rig.monitorsStaleness();
    expect(await titles()).toEqual([SILENT]);
  });

  test("when the policy makes it one after it was delivered", async () => {
    rig.policy = aPolicy({ ...STAFFED_POLICY, watchdogs: [] });
    await rig.delivers([watchdog()]);
    await rig.monitorsStaleness();
    rig.policy = within("1h");
    await rig.passes(HOUR + MINUTE);
    await rig.monitorsStaleness();
    expect(await titles()).toContain(SILENT);
  });

  test("when a version that set no marks stored it", async () => {
    rig.policy = within("1h");
    await rig.delivers([watchdog()]);
    await rig.connection.db.execute(sql`update alerts set watchdog = null`);
    await rig.passes(HOUR + MINUTE);
    await rig.monitorsStaleness();
    expect(await titles()).toEqual([SILENT]);
  });

  test("and its alarm resolves when the policy no longer lists it", async () => {
    rig.policy = within("1h");
    await rig.delivers([watchdog()]);
    await rig.passes(HOUR + MINUTE);
    await rig.monitorsStaleness();
    rig.policy = aPolicy({ ...STAFFED_POLICY, watchdogs: [] });
    await rig.passes(MINUTE);
    await rig.monitorsStaleness();
    await rig.passes(2 * MINUTE);
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["resolved"]);
  });
});

describe("a pause of Muster", () => {
  test("of three hours is no silence of a watchdog; what is silent for its time after it is", async () => {
    rig.policy = within("1h");
    await beats();
    await rig.delivers([watchdog()]);
    pauses(3 * HOUR);
    await rig.monitorsStaleness();
    await beats();
    await rig.monitorsStaleness();
    await receivesFor(HOUR);
    await rig.monitorsStaleness();
    expect(await rig.incidents()).toEqual([]);
    await receivesFor(MINUTE);
    await rig.monitorsStaleness();
    expect(await titles()).toEqual([SILENT]);
  });

  test("makes no alert stale that could not be received", async () => {
    await beats();
    await rig.fires({ service: "order-service", severity: "P1" });
    pauses(9 * HOUR);
    await beats();
    await rig.monitorsStaleness();
    expect(await rig.eventTypes()).not.toContain("alerts.unheard");
    await rig.connection.db.execute(sql`update heartbeats set at = at + interval '8 hours'`);
    rig.now += 8 * HOUR;
    await rig.monitorsStaleness();
    expect(await rig.eventTypes()).toContain("alerts.unheard");
  });

  test("in which deliveries were accepted and none was read is no silence either", async () => {
    rig.policy = within("1h");
    await rig.delivers([watchdog()]);
    pauses(HOUR);
    await rig.receives(deliveryOf([watchdog()]));
    pauses(2 * MINUTE);
    await rig.monitorsStaleness();
    expect(await rig.incidents()).toEqual([]);
  });

  test("differs from a restart: a minute without Muster begins nothing again", async () => {
    await beats();
    const began = rig.now;
    pauses(MINUTE);
    await beats();
    expect(await readHeartbeat(rig.connection.db, "doors")).toMatchObject({ since: began, at: rig.now });
    pauses(3 * MINUTE);
    await beats();
    expect(await readHeartbeat(rig.connection.db, "doors")).toMatchObject({ since: rig.now, at: rig.now });
  });

  test("is not seen in the clocks of two processes that differ by a minute, nor by hours", async () => {
    await beats();
    const began = rig.now;
    for (const ahead of [MINUTE, -MINUTE, MINUTE, -MINUTE]) {
      rig.now += 20_000;
      await recordHeartbeat(rig.connection.db, "doors", rig.now + ahead);
    }
    expect((await readHeartbeat(rig.connection.db, "doors"))?.since).toBeLessThanOrEqual(began);
    await recordHeartbeat(rig.connection.db, "doors", rig.now - 3 * HOUR);
    expect(await readHeartbeat(rig.connection.db, "doors")).toMatchObject({ at: rig.now - 3 * HOUR });
  });
});

describe("a watchdog that Alertmanager lists", () => {
  test("is no silent one, however rarely it is delivered, and is one when it is not listed any longer", async () => {
    rig.policy = within("1h");
    const alertmanager = new FakeAlertmanager(rig.now - DAY);
    const dog = watchdog();
    await rig.delivers([dog]);
    alertmanager.lists(dog);
    await rig.monitorsFor(180, alertmanager);
    expect(await rig.incidents()).toEqual([]);
    alertmanager.lists();
    await rig.monitorsFor(62, alertmanager);
    expect(await titles()).toEqual([SILENT]);
  });

  test("is silent when only another cluster lists its labels", async () => {
    rig.policy = within("1h");
    const other = new FakeAlertmanager(rig.now - DAY, "http://am-b.example:9093");
    const dog = watchdog();
    await rig.delivers([dog]);
    other.lists({ ...dog, startsAt: new Date(rig.now - 2 * HOUR).toISOString() });
    await rig.monitorsFor(62, other);
    expect(await titles()).toEqual([SILENT]);
  });

  test("is silent when Alertmanager cannot be asked", async () => {
    rig.policy = within("1h");
    const alertmanager = new FakeAlertmanager(rig.now - DAY);
    const dog = watchdog();
    await rig.delivers([dog]);
    alertmanager.lists(dog);
    alertmanager.away = true;
    await rig.passes(HOUR + MINUTE);
    await expect(rig.monitorsStaleness(alertmanager)).rejects.toThrow("away");
    await rig.settles();
    expect(await titles()).toEqual([SILENT]);
  });
});
