import { describe, expect, test } from "vitest";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { type CoreHarness, deliveryOfAlerts, firingCore, resolvedObservation } from "#test/support/harness/core.ts";

const PATIENT_POLICY = { ...STAFFED_POLICY, priorities: { P1: { commandWithin: null }, P0: { commandWithin: null } } };

/** A further host of the same trouble. */
const hostAlert = (instance: string, startsAt = NOW, severity = "P1") =>
  anObservation({
    fingerprint: instance,
    startsAt,
    labels: { alertname: "Down", service: "order-service", severity, instance },
  });

const hostFires = (core: CoreHarness, instance: string, severity = "P1"): void =>
  core.receives(deliveryOfAlerts(hostAlert(instance, core.now, severity)));

describe("a rise in priority", () => {
  test("pages with a page that can be acknowledged, and escalates until someone does", () => {
    const core = firingCore("P2", PATIENT_POLICY);
    core.does({ type: "incident.acknowledge" });
    core.passes(5 * MINUTE);
    hostFires(core, "2", "P1");
    expect(core.incident()).toMatchObject({
      status: "acknowledged",
      escalation: { answered: null, next: { to: "Mia" } },
    });
    core.does({ type: "incident.acknowledge", page: core.incident().pages[1]!.key });
    expect(core.incident()).toMatchObject({
      escalation: { answered: { by: { name: "Alice" } }, next: null },
      pages: [{ status: "acknowledged" }, { status: "acknowledged" }],
    });
    core.passes(50 * MINUTE);
    expect(core.paged()).toEqual(["P2 Alice", "P1 Alice"]);
  });

  test("that no one answers pages the next step, although the incident is acknowledged", () => {
    const core = firingCore("P2", PATIENT_POLICY);
    core.does({ type: "incident.acknowledge" });
    hostFires(core, "2", "P1");
    core.passes(10 * MINUTE);
    expect(core.paged()).toEqual(["P2 Alice", "P1 Alice", "P1 Mia"]);
  });

  test("is answered by taking command, by a person who was paged or not", () => {
    const core = firingCore("P2", PATIENT_POLICY);
    core.does({ type: "incident.acknowledge" }, BOB);
    hostFires(core, "2", "P1");
    core.does({ type: "role.claim", role: "commander" }, ALICE);
    expect(core.incident()).toMatchObject({ escalation: { next: null, answered: { by: { name: "Alice" } } } });
  });
});

describe("a new alert in a mitigated incident", () => {
  test("takes the mitigation back and pages", () => {
    const core = firingCore("P1", PATIENT_POLICY);
    core.does({ type: "incident.mitigate" });
    core.passes(MINUTE);
    hostFires(core, "2");
    expect(core.incident()).toMatchObject({
      status: "acknowledged",
      mitigatedAt: null,
      escalation: { next: { to: "Mia" } },
    });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    hostFires(core, "3");
    expect(core.paged()).toHaveLength(2);
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 Mia");
  });

  test("of a priority that pages no one changes nothing", () => {
    const core = firingCore("P1", PATIENT_POLICY);
    core.does({ type: "incident.mitigate" });
    hostFires(core, "2", "P3");
    expect(core.incident().status).toBe("mitigated");
  });
});

test("a mitigation expires like an acknowledgement while it fires", () => {
  const core = firingCore("P1", PATIENT_POLICY);
  core.does({ type: "incident.mitigate" });
  core.passes(60 * MINUTE);
  expect(core.incident()).toMatchObject({ status: "triggered", mitigatedAt: null });
  expect(core.paged()).toEqual(["P1 Alice", "P1 Alice"]);
});

describe("a new alert in an acknowledged incident", () => {
  const acknowledged = (): CoreHarness => {
    const core = firingCore("P1", PATIENT_POLICY);
    core.does({ type: "incident.acknowledge" });
    core.passes(MINUTE);
    hostFires(core, "2");
    return core;
  };

  test("notifies the person who has it, and pages no one at first", () => {
    const core = acknowledged();
    expect(core.events.findLast(({ type }) => type === "attention.requested")).toMatchObject({
      data: { to: { name: "Alice" } },
    });
    expect(core.effects).toContainEqual(
      expect.objectContaining({
        type: "chat.direct",
        about: { kind: "attention" },
        to: { id: ALICE.id, name: "Alice" },
      }),
    );
    expect(core.paged()).toEqual(["P1 Alice"]);
    expect(core.incident()).toMatchObject({ status: "acknowledged", escalation: { unseenSince: NOW + MINUTE } });
  });

  test("pages again when there is no activity within a step", () => {
    const core = acknowledged();
    hostFires(core, "3");
    core.passes(10 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Alice"]);
    expect(core.incident()).toMatchObject({ status: "triggered", escalation: { answered: null, unseenSince: null } });
  });

  test.each([
    ["a note", { type: "note.add", text: "seen" }],
    ["an acknowledgement", { type: "incident.acknowledge" }],
  ] as const)("is seen by %s", (_, command) => {
    const core = acknowledged();
    core.passes(5 * MINUTE);
    core.does(command);
    core.passes(30 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice"]);
    expect(core.incident()).toMatchObject({ status: "acknowledged", escalation: { unseenSince: null, next: null } });
  });

  test("is seen by the person who has it and pages a further step: no one else is looked for", () => {
    const core = acknowledged();
    core.does({ type: "incident.escalate", reason: null });
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia"]);
    expect(core.incident().escalation).toMatchObject({ unseenSince: null, next: null });
  });

  test("that the incident had before is no news", () => {
    const core = firingCore("P1", PATIENT_POLICY);
    core.does({ type: "incident.acknowledge" });
    hostFires(core, "2");
    core.does({ type: "note.add", text: "seen" });
    core.receives(deliveryOfAlerts(resolvedObservation(hostAlert("2"), core)));
    core.passes(MINUTE);
    hostFires(core, "2");
    expect(core.incident().escalation).toMatchObject({ unseenSince: null, next: null });
  });
});

describe("an incident that resolved by itself", () => {
  test("and begins again with another alert pages at once", () => {
    const core = firingCore("P0", PATIENT_POLICY);
    core.receives(
      deliveryOfAlerts(
        resolvedObservation(
          anObservation({ labels: { alertname: "Down", service: "order-service", severity: "P0" } }),
          core,
        ),
      ),
    );
    core.passes(MINUTE + 2 * SECOND);
    expect(core.incident().status).toBe("resolved");
    hostFires(core, "2", "P0");
    expect(core.paged()).toEqual(["P0 Alice, Bob", "P0 Alice, Bob"]);
  });
});

describe("an acknowledged P2", () => {
  test("expires after an hour without activity", () => {
    const core = firingCore("P2");
    core.does({ type: "incident.acknowledge" });
    core.passes(HOUR - 1);
    expect(core.incident().status).toBe("acknowledged");
    core.passes(1);
    expect(core.incident().status).toBe("triggered");
    expect(core.paged()).toEqual(["P2 Alice", "P2 Alice"]);
  });
});
