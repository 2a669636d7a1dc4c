import { describe, expect, test } from "vitest";
import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import { decideCommand } from "#domain/commands/command-registry.ts";
import { applyFacts } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Priority } from "#domain/values/language.ts";
import { aChange, aDelivery, alertsChanged, anObservation } from "#test/support/builders/alert-builders.ts";
import { aContext } from "#test/support/builders/events.ts";
import { BOB } from "#test/support/builders/people.ts";
import { anIncident, aPage } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { CoreHarness } from "#test/support/harness/core.ts";

const policy = aPolicy(STAFFED_POLICY);

function setTo(incident: Incident, priority: Priority, reason: string | null = null): readonly Fact[] {
  const decision = decideCommand(incident, { type: "incident.set_priority", priority, reason }, aContext());
  return decision.ok ? decision.facts : [];
}

function after(incident: Incident, ...priorities: Priority[]): Incident {
  return priorities.reduce((before, priority) => applyFacts(before, setTo(before, priority), aContext()), incident);
}

function alertOf(priority: Priority, incident: Incident): readonly Fact[] {
  return decideAlertsChanged(incident, alertsChanged([aChange("fired", { priority })]), aContext()).filter(
    ({ type }) => type === "priority.changed",
  );
}

describe("a person", () => {
  test("raises the priority, and the new level is paged", () => {
    const facts = setTo(anIncident({ pages: [aPage()] }), "P0", "all customers");
    expect(facts.map(({ type }) => type)).toEqual(["priority.changed", "page.requested", "escalation.armed"]);
    expect(facts[0]!.data).toEqual({
      from: "P2",
      to: "P0",
      reason: "all customers",
      pin: null,
      unmapped: false,
      plan: policy.priorities.P0,
    });
  });

  test("lowers it, which pages no one and pins it", () => {
    expect(setTo(anIncident({ priority: "P1" }), "P3")).toEqual([
      {
        type: "priority.changed",
        data: {
          from: "P1",
          to: "P3",
          reason: "no reason given",
          pin: { ceiling: "P1" },
          unmapped: false,
          plan: policy.priorities.P3,
        },
      },
    ]);
  });

  test("lowers it, and names the next person of the new level, at the same time", () => {
    const world = new CoreHarness(policy);
    const labels = { alertname: "Down", service: "order-service", severity: "P0" };
    world.receives(aDelivery({ alerts: [anObservation({ labels })] }));
    world.passes(2 * policy.priorities.P0.escalateAfter!);
    const before = world.incident().escalation.next;
    expect(before?.to).toBe("Alice, Bob");
    world.does({ type: "incident.set_priority", priority: "P1", reason: null });
    expect(world.incident().escalation.next).toEqual({ to: "Alice", at: before!.at });
    world.passes(before!.at - world.now);
    expect(world.paged().at(-1)).toBe("P1 Alice");
  });

  test("gets an answer when the priority is unchanged", () => {
    expect(
      decideCommand(anIncident(), { type: "incident.set_priority", priority: "P2", reason: null }, aContext()),
    ).toEqual({
      ok: false,
      refusal: "INC-1 already is P2.",
    });
  });

  test("who sets it has answered for an unmapped severity", () => {
    expect(after(anIncident({ unmapped: true }), "P3").unmapped).toBe(false);
  });
});

describe("a priority that a person lowered", () => {
  const lowered = after(anIncident({ priority: "P1" }), "P3");

  test("does not rise again for the level it had", () => {
    expect(alertOf("P1", lowered)).toEqual([]);
    expect(alertOf("P2", lowered)).toEqual([]);
  });

  test("rises for a level above that one", () => {
    expect(alertOf("P0", lowered)[0]!.data).toMatchObject({ from: "P3", to: "P0", pin: null });
  });

  test("twice remembers the highest level it was lowered from", () => {
    expect(after(anIncident({ priority: "P1" }), "P2", "P4").pinned).toEqual({ ceiling: "P1" });
  });

  test("is free again once a person raises it", () => {
    expect(after(lowered, "P2").pinned).toBeNull();
    expect(alertOf("P1", after(lowered, "P2")).length).toBe(1);
  });

  test("remembers its peak", () => {
    expect([lowered.priority, lowered.peak]).toEqual(["P3", "P1"]);
  });
});

describe("a lowered unacknowledged incident", () => {
  const critical = aDelivery({
    alerts: [anObservation({ labels: { alertname: "Down", service: "order-service", severity: "P1" } })],
  });

  test.each<Priority>(["P3", "P4"])("to %s, which pages no one, wakes no one further", (priority) => {
    const world = new CoreHarness();
    world.receives(critical);
    world.asks({ type: "incident.set_priority", priority, reason: "test system" });
    expect(world.incident().escalation.next).toBeNull();
    world.passes(60 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice"]);
  });

  test("opens no ticket when its new priority has none", () => {
    const world = new CoreHarness();
    world.receives(aDelivery());
    world.asks({ type: "incident.set_priority", priority: "P4", reason: null });
    world.passes(60 * MINUTE);
    expect(world.types()).not.toContain("ticket.requested");
  });

  test("is paged at its old level again when a person raises it again after the window", () => {
    const world = new CoreHarness();
    world.receives(critical);
    world.asks({ type: "incident.set_priority", priority: "P3", reason: null });
    world.passes(20 * MINUTE);
    world.asks({ type: "incident.set_priority", priority: "P1", reason: "it is real" }, BOB);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    expect(new Set(world.incident().pages.map(({ key }) => key)).size).toBe(2);
    expect(world.now).toBe(NOW + 20 * MINUTE);
  });
});
