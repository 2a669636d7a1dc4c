import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";
import { alertOf } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE, DAY } from "#test/support/builders/instants.ts";
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

describe("ghosts, alerts that still fire in incidents which a person canceled,", () => {
  const ghosts = () =>
    Array.from({ length: 1_200 }, (_, i) =>
      alertOf(
        { alertname: "Ghost", instance: `${i}`, service: "order-service", severity: "P3" },
        { startsAt: rig.now },
      ),
    );

  async function canceledByAPerson(): Promise<void> {
    await rig.does({ type: "incident.cancel", reason: "a known fault of the exporter" });
    await rig.settles();
    expect(await rig.incident()).toMatchObject({ status: "canceled", alerts: { firing: 1_200 } });
  }

  test("hide no live alert from the reconciler while Alertmanager lists them", async () => {
    const listed = ghosts();
    await rig.delivers(listed);
    await canceledByAPerson();
    await rig.passes(31 * MINUTE);
    await rig.delivers([alertOf({ alertname: "Live", service: "billing", severity: "P0" }, { startsAt: rig.now })]);
    alertmanager.lists(...listed);
    await rig.monitorsFor(17, alertmanager);
    expect(await rig.incident(2)).toMatchObject({ alerts: { firing: 0 } });
    expect(await listAlerts(rig.connection.db, { status: "firing", limit: 2_000 })).toHaveLength(listed.length);
  });

  test("end with it", async () => {
    await rig.delivers(ghosts());
    await canceledByAPerson();
    await rig.monitorsFor(17, alertmanager);
    expect(await listAlerts(rig.connection.db, { status: "firing", limit: 10 })).toEqual([]);
  });

  test("hide no live alert, and are not reconciled themselves", async () => {
    await rig.delivers(ghosts());
    await canceledByAPerson();
    await rig.passes(HOUR);
    await rig.delivers([alertOf({ alertname: "Live", service: "billing", severity: "P3" }, { startsAt: rig.now })]);
    await rig.passes(9 * HOUR);
    await monitorStaleness(rig.engine, rig.submit);
    await rig.settles();
    expect(await rig.eventTypes(1)).not.toContain("alerts.unheard");
    expect(await rig.eventTypes(2)).toContain("alerts.unheard");
  });
});
