import { beforeEach, expect, test } from "vitest";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness, deliveryOfAlerts, resolvedObservation } from "#test/support/harness/core.ts";

// An incident of two teams, of which payments has not answered, ended by a person while both teams' alerts fire.

let core: CoreHarness;
const alertAbout = (service: string, instance = "1", startsAt = NOW) =>
  anObservation({
    fingerprint: `${service} ${instance}`,
    startsAt,
    labels: { alertname: "Down", service, severity: "P1" },
  });
const paged = (since: number): string[] => core.paged().slice(since);

beforeEach(() => {
  core = new CoreHarness(
    aPolicy({
      ...STAFFED_POLICY,
      grouping: { by: ["alertname"] },
      services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
      priorities: { P1: { commandWithin: null } },
    }),
  );
  core.receives(deliveryOfAlerts(alertAbout("order-service"), alertAbout("payment-service")));
  core.does({ type: "incident.acknowledge" });
  core.does({ type: "incident.resolve", reason: "fixed, I think" });
});

test("a re-check pages each team whose alerts still fire, not the incident's own alone", () => {
  const before = core.paged().length;
  core.passes(5 * MINUTE);
  core.receives(deliveryOfAlerts(resolvedObservation(alertAbout("order-service"), core)));
  core.passes(25 * MINUTE);
  expect(paged(before)).toEqual(["P1 Alice", "P1 Bob"]);
  expect(core.incident().teamEscalations).toMatchObject({
    payments: { step: 1, next: { at: core.now + 10 * MINUTE } },
  });
  core.receives(deliveryOfAlerts(alertAbout("order-service", "2", core.now)));
  core.receives(deliveryOfAlerts(resolvedObservation(alertAbout("payment-service"), core)));
  expect(core.incident().teamEscalations, "it ends with its alerts").toEqual({});
});

test("a re-check pages no team whose alerts have ended", () => {
  const before = core.paged().length;
  core.receives(deliveryOfAlerts(resolvedObservation(alertAbout("payment-service"), core)));
  core.passes(45 * MINUTE);
  expect(paged(before)).not.toContain("P1 Bob");
});

test("an alert of one team that fires again pages the other, whose alert fires on", () => {
  const before = core.paged().length;
  core.passes(MINUTE);
  core.receives(deliveryOfAlerts(alertAbout("order-service", "2", core.now)));
  core.passes(0);
  expect(core.incident().status).toBe("triggered");
  expect(paged(before)).toEqual(["P1 Alice", "P1 Bob"]);
});

test("an alert of one team that fires again pages no one of the other, whose alerts have ended", () => {
  const before = core.paged().length;
  core.receives(deliveryOfAlerts(resolvedObservation(alertAbout("payment-service"), core)));
  core.receives(deliveryOfAlerts(alertAbout("order-service", "2", core.now + 1)));
  core.passes(30 * MINUTE);
  expect(paged(before)).not.toContain("P1 Bob");
  expect(core.incident().teamEscalations).toEqual({});
});
