import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAlerts } from "#db/alerts.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { EngineHarness } from "#test/support/harness/engine.ts";

let rig: EngineHarness;
beforeAll(async () => void (rig = await EngineHarness.open()));
beforeEach(() => rig.reset());
afterEach(() => expect(rig.selfAlerts()).toEqual([]));
afterAll(() => rig.close());

const watched = () =>
  alertOf({ alertname: "Watchdog", severity: "none" }, { startsAt: rig.now - HOUR, summary: "always firing" });
const firesDown = (name: string) =>
  alertOf({ alertname: name, service: "order-service", severity: "P1" }, { startsAt: rig.now });

describe("a watchdog", () => {
  test("opens no incident while it fires", async () => {
    await rig.receives(deliveryOf([watched()]));
    await rig.settles();
    await rig.monitorsStaleness();
    expect(await rig.incidents()).toEqual([]);
    expect(
      (await listAlerts(rig.connection.db, { limit: 10 })).map(({ repeats, incident }) => [repeats, incident]),
    ).toEqual([[0, null]]);
  });

  test("that goes silent opens one P1 that names the source, once", async () => {
    await rig.receives(deliveryOf([watched()]));
    await rig.settles();
    await rig.passes(9 * HOUR);
    await rig.monitorsStaleness();
    expect(await rig.incidents()).toEqual([]);
    await rig.passes(MINUTE);
    await rig.monitorsStaleness();
    await rig.passes(MINUTE);
    await rig.monitorsStaleness();
    expect((await rig.incidents()).map(({ priority, title, alerts }) => [priority, title, alerts.total])).toEqual([
      ["P1", "muster: alertmanager has gone silent", 1],
    ]);
  });

  test("that is resolved by the sender counts as silent at once, and resolves the P1 when it fires again", async () => {
    const dog = watched();
    await rig.receives(deliveryOf([dog]));
    await rig.settles();
    await rig.passes(MINUTE);
    await rig.receives(deliveryOf([{ ...dog, status: "resolved", endsAt: new Date(rig.now).toISOString() }]));
    await rig.settles();
    await rig.monitorsStaleness();
    expect((await rig.incidents()).map(({ status }) => status)).toEqual(["triggered"]);
    await rig.passes(MINUTE);
    await rig.receives(deliveryOf([{ ...dog, startsAt: new Date(rig.now).toISOString() }]));
    await rig.settles();
    await rig.monitorsStaleness();
    await rig.passes(2 * MINUTE);
    expect((await rig.incidents()).map(({ status, resolvedBy }) => [status, resolvedBy])).toEqual([
      ["resolved", "alerts"],
    ]);
  });
});

describe("an alert that is not repeated", () => {
  test("is reported once in its incident after twice the repeat interval, and resolves nothing", async () => {
    await rig.receives(deliveryOf([firesDown("A"), firesDown("B")]));
    await rig.settles();
    await rig.passes(8 * HOUR - 1);
    await rig.monitorsStaleness();
    expect(await rig.eventTypes()).not.toContain("alerts.unheard");
    await rig.passes(MINUTE);
    await rig.monitorsStaleness();
    await rig.passes(MINUTE);
    const submitted: string[] = [];
    await monitorStaleness(rig.engine, async ({ body }) => void submitted.push(body.type));
    expect(submitted).toEqual([]);
    const reconciled = (await rig.events()).filter(({ type }) => type === "alerts.unheard");
    expect(reconciled.map(({ data }) => data)).toEqual([{ count: 2, since: expect.any(Number) }]);
    await rig.passes(MINUTE);
    expect(rig.chat.messages.some(({ text }) => text.includes("No news of"))).toBe(true);
    expect((await rig.incident()).status).toBe("triggered");
  });

  test("is not asked about when it was repeated in between", async () => {
    await rig.receives(deliveryOf([firesDown("A")]));
    await rig.settles();
    const again = firesDown("A");
    await rig.passes(5 * HOUR);
    await rig.receives(deliveryOf([{ ...again, startsAt: alertOf({}, { startsAt: rig.now - 5 * HOUR }).startsAt }]));
    await rig.settles();
    await rig.passes(5 * HOUR);
    await rig.monitorsStaleness();
    expect(await rig.eventTypes()).not.toContain("alerts.unheard");
  });
});
