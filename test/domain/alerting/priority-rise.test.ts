import { describe, expect, test } from "vitest";
import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import { raiseForAlerts } from "#domain/alerting/priority-rise.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Priority } from "#domain/values/language.ts";
import { aChange, alertsChanged, anObservation } from "#test/support/builders/alert-builders.ts";
import { aContext } from "#test/support/builders/events.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import {
  coreWithAlerts,
  deliveryOfAlerts,
  factsOf,
  firingCore,
  orderServiceDelivery,
} from "#test/support/harness/core.ts";

const errorsObservation = anObservation({
  fingerprint: "e",
  labels: { alertname: "ErrorRate", service: "order-service", severity: "P1" },
  annotations: { summary: "error rate 15 %" },
});

/** How the priority of an incident changes for an alert of this one that begins to fire. */
function alertOf(priority: Priority, incident: Incident): readonly Fact[] {
  return raiseForAlerts(incident, { changes: [aChange("fired", { priority })] }, aContext()).filter(
    ({ type }) => type === "priority.changed",
  );
}

describe("alerts", () => {
  test.each<{ alert: Priority; is: Priority; rises: boolean }>([
    { alert: "P1", is: "P2", rises: true },
    { alert: "P0", is: "P2", rises: true },
    { alert: "P2", is: "P2", rises: false },
    { alert: "P3", is: "P2", rises: false },
    { alert: "P4", is: "P0", rises: false },
  ])("of $alert raise a $is: $rises, and never lower it", ({ alert, is, rises }) => {
    expect(alertOf(alert, anIncident({ priority: is })).length > 0).toBe(rises);
  });

  test("that have resolved never lower it", () => {
    const facts = decideAlertsChanged(
      anIncident({ priority: "P1" }),
      alertsChanged([aChange("resolved", { priority: "P1" })]),
      aContext(),
    );
    expect(facts.map(({ type }) => type)).toEqual(["alerts.resolved", "quiet.began"]);
  });

  test("raise it by their severity, and record the alert and its reason", () => {
    expect(alertOf("P1", anIncident())[0]!.data).toMatchObject({
      from: "P2",
      to: "P1",
      reason: 'p95 latency above 5 s: label severity="P2"',
      pin: null,
    });
  });

  test("that fire on with a worse severity raise it too", () => {
    const facts = decideAlertsChanged(
      anIncident(),
      alertsChanged([aChange("repeated", { priority: "P0" })]),
      aContext(),
    );
    expect(facts.map(({ type }) => type)).toContain("priority.changed");
  });
});

describe("further alerts", () => {
  test("that are worse raise the incident and page once at the new level", () => {
    const world = coreWithAlerts();
    world.passes(5 * MINUTE);
    expect(factsOf(world, () => world.receives(deliveryOfAlerts(errorsObservation)))).toEqual([
      "alerts.fired",
      "priority.changed",
      "page.requested",
      "escalation.armed",
    ]);
    world.receives(deliveryOfAlerts(errorsObservation));
    expect(world.incidents.size).toBe(1);
    expect(world.paged()).toEqual(["P2 Alice", "P1 Alice"]);
  });

  test("that are worse page people who acknowledged, and whose page has to be answered again", () => {
    const world = coreWithAlerts();
    world.asks({ type: "incident.acknowledge" });
    expect(factsOf(world, () => world.receives(deliveryOfAlerts(errorsObservation)))).toEqual([
      "alerts.fired",
      "priority.changed",
      "page.requested",
      "escalation.armed",
    ]);
    expect(world.incident()).toMatchObject({ status: "acknowledged", escalation: { answered: null } });
  });
});

describe("a P2 that rises to P1 before anyone acknowledged", () => {
  test("is paged at the new level and escalates from there", () => {
    const world = firingCore("P2");
    world.passes(5 * MINUTE);
    world.receives(orderServiceDelivery("P1"));
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P2 Alice", "P1 Alice", "P1 Mia"]);
  });
});
