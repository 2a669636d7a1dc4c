import { describe, expect, test } from "vitest";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { BOB } from "#test/support/builders/people.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const LIMITED_POLICY = {
  ...STAFFED_POLICY,
  storm: null,
  grouping: { by: ["alertname"], related: null },
  paging: { perPerson: 3, within: "10m" },
};

/** So many incidents of the orders team, one after the other. */
function coreWithIncidents(count: number, severity = "P2"): CoreHarness {
  const core = new CoreHarness(aPolicy(LIMITED_POLICY));
  for (let i = 0; i < count; i++) fires(core, `A${i}`, severity);
  return core;
}

function fires(core: CoreHarness, alertname: string, severity: string): void {
  const labels = { alertname, service: "order-service", severity };
  core.receives(deliveryOfAlerts(anObservation({ fingerprint: `${alertname} ${severity}`, startsAt: NOW, labels })));
}

const directs = (core: CoreHarness): string[] =>
  core.effects.flatMap((effect) => (effect.type === "chat.direct" ? [effect.to.id] : []));

describe("the limit of pages per person", () => {
  test("holds back the direct message, asks the pager all the same, and pages the next step at once", () => {
    const core = coreWithIncidents(4);
    expect(core.paged().slice(3)).toEqual(["P2 Alice", "P2 Mia"]);
    expect(directs(core)).toHaveLength(3);
    expect(core.events.filter(({ type }) => type === "page.held")).toHaveLength(1);
  });

  test("never holds back a page that is more urgent than those that woke the person", () => {
    const core = coreWithIncidents(10);
    fires(core, "Worse", "P1");
    expect(core.paged().at(-1)).toBe("P1 Alice");
    expect(core.incident(11)).toMatchObject({ escalation: { next: { to: "Mia", at: NOW + 10 * MINUTE } } });
    expect(directs(core)).toHaveLength(4);
  });

  test("counts unanswered pages only", () => {
    const core = coreWithIncidents(3);
    core.does({ type: "incident.acknowledge" });
    fires(core, "Further", "P2");
    expect(core.paged().slice(3)).toEqual(["P2 Alice"]);
    expect(directs(core)).toHaveLength(4);
  });

  test("ends with its window", () => {
    const core = coreWithIncidents(4);
    core.passes(10 * MINUTE);
    fires(core, "Later", "P2");
    expect(core.events.filter(({ type }) => type === "page.held")).toHaveLength(1);
  });

  test("does not apply to a P0, nor to a call by hand", () => {
    const core = coreWithIncidents(3);
    core.does({ type: "incident.escalate", reason: null });
    core.does(
      { type: "incident.page", to: { kind: "person", person: { id: "alice", name: "Alice" } }, message: null },
      BOB,
    );
    fires(core, "Critical", "P0");
    expect(core.events.filter(({ type }) => type === "page.held")).toHaveLength(0);
  });
});
