import { describe, expect, test } from "vitest";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

describe("a merge", () => {
  test("takes the teams of the one that ends along: who answered has it, whose page is out is looked for there", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    expect(core.incidents.size).toBe(2);
    core.does({ type: "incident.acknowledge" });
    core.merges(2, 1, ALICE);
    expect(core.incident(1).teamEscalations).toMatchObject({
      payments: { answered: null, next: { at: expect.any(Number) as number } },
    });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("into one that a person lowered calls the team when that one rises", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    core.does({ type: "incident.set_priority", priority: "P3", reason: null });
    core.merges(2, 1, ALICE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
    core.does({ type: "incident.set_priority", priority: "P1", reason: null });
    expect(core.incident(1).teamEscalations).toMatchObject({
      payments: { answered: null, next: { at: expect.any(Number) as number } },
    });
  });

  test("is taken back in the one that ended: undo in the one that goes on leaves no team without its call", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    core.merges(2, 1, ALICE);
    expect(core.asks({ type: "undo" })).toMatchObject({ ok: false });
    expect(core.incident(1).teamEscalations).toMatchObject({
      payments: { answered: null, next: { at: expect.any(Number) as number } },
    });
    expect(core.asks({ type: "undo" }, ALICE, 2)).toMatchObject({ ok: true });
  });

  test("calls the team of an alert that a person's lower priority had left alone", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    core.does({ type: "incident.set_priority", priority: "P3", reason: null }, BOB, 2);
    core.merges(2, 1, ALICE);
    expect(core.incident(1).teamEscalations).toMatchObject({
      payments: { answered: null, next: { at: expect.any(Number) as number } },
    });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("of an incident whose alerts page no one calls no team", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service", "P3")));
    core.merges(2, 1, ALICE);
    expect(core.incident(1).teamEscalations).toEqual({});
    expect(core.paged()).toEqual(["P1 Alice"]);
  });

  test("of an answered one carries the answer, and pages no one", () => {
    const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["service"], related: null } }));
    core.receives(deliveryOfAlerts(alertOfService("order-service")));
    core.receives(deliveryOfAlerts(alertOfService("payment-service")));
    core.does({ type: "incident.acknowledge" }, BOB, 2);
    core.merges(2, 1, ALICE);
    expect(core.incident(1).teamEscalations).toMatchObject({
      payments: { answered: { by: { name: "Bob" } }, next: null },
    });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });
});
