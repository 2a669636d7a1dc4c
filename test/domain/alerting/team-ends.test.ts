import { beforeEach, describe, expect, test } from "vitest";
import { escalationLines } from "#domain/paging/escalation-text.ts";
import { anObservation } from "#test/support/builders/alert-builders.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, deliveryOfAlerts, resolvedObservation } from "#test/support/harness/core.ts";

// One incident of two teams: orders, whose it is, and payments.

let core: CoreHarness;
const alertAbout = (service: string, instance = "1") =>
  anObservation({
    fingerprint: `${service} ${instance}`,
    startsAt: core.now,
    labels: { alertname: "Down", service, severity: "P1" },
  });
const firesOf = (service: string, instance?: string): void =>
  core.receives(deliveryOfAlerts(alertAbout(service, instance)));
const resolves = (service: string, instance?: string): void =>
  core.receives(deliveryOfAlerts(resolvedObservation(alertAbout(service, instance), core)));
const statuses = (): string[] => core.incident().pages.map(({ to, status }) => `${to} ${status}`);

beforeEach(() => {
  core = new CoreHarness(
    aPolicy({
      ...STAFFED_POLICY,
      grouping: { by: ["alertname"] },
      services: { "order-service": { team: "orders" }, "payment-service": { team: "payments" } },
      priorities: { P1: { commandWithin: null } },
    }),
  );
  firesOf("order-service");
  firesOf("payment-service");
  core.does({ type: "incident.acknowledge" });
});

describe("when all alerts of a team have resolved and others fire", () => {
  test("its search ends: its page is resolved at the pager, no further step is paged, and the card shows it", () => {
    resolves("payment-service");
    expect(core.events.at(-1)).toMatchObject({ type: "escalation.ended", data: { team: "payments" } });
    expect(statuses()).toEqual(["Alice acknowledged", "Bob resolved"]);
    expect(core.effects).toContainEqual({ type: "page.withdraw", key: core.incident().pages[1]!.key });
    expect(escalationLines(core.incident())).toEqual([]);
    core.passes(30 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  });

  test("it goes on while one of them fires", () => {
    firesOf("payment-service", "2");
    resolves("payment-service");
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 the pager's escalation policy");
  });

  test("one that flaps is paged for again: the page that ended with it holds nothing back, as no one has seen it", () => {
    for (let i = 0; i < 3; i++) {
      core.passes(MINUTE);
      resolves("payment-service");
      core.passes(MINUTE);
      firesOf("payment-service");
    }
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Bob", "P1 Bob", "P1 Bob"]);
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 the pager's escalation policy");
  });

  test("a person who has answered keeps it, is not asked about what has ended, and is not paged when the answer expires", () => {
    core.does({ type: "incident.acknowledge" }, BOB);
    firesOf("payment-service", "2");
    expect(core.incident().teamEscalations["payments"]).toMatchObject({ unseenSince: core.now });
    resolves("payment-service");
    resolves("payment-service", "2");
    expect(core.incident().teamEscalations["payments"]).toMatchObject({
      next: null,
      unseenSince: null,
      answered: { by: { name: "Bob" } },
    });
    core.passes(62 * MINUTE);
    expect(core.incident().teamEscalations).toEqual({});
    expect(core.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Alice"]);
    core.passes(MINUTE);
    firesOf("payment-service");
    expect(core.incident().teamEscalations["payments"]).toMatchObject({ answered: null, next: {} });
  });

  test("it goes on when a person has called the team, whatever fires", () => {
    core.does({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null }, ALICE);
    resolves("payment-service");
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 the pager's escalation policy");
  });

  test("it goes on while a delivery leaves alerts out: one of the team may be among them", () => {
    core.receives({ ...deliveryOfAlerts(resolvedObservation(alertAbout("payment-service"), core)), truncated: 3 });
    core.passes(10 * MINUTE);
    expect(core.paged().at(-1)).toBe("P1 the pager's escalation policy");
  });

  test("it ends when its last alert went away with a merge that was taken back", () => {
    const other = core.declares({ title: "Checkout", priority: "P1", page: false });
    core.merges(1, other);
    expect(core.incident(other).teamEscalations).toMatchObject({ payments: { next: {} } });
    const { key } = core.incident(other).pages.findLast(({ team }) => team === "payments")!;
    core.does({ type: "undo" });
    expect(core.incident(other).teamEscalations["payments"]).toBeUndefined();
    expect(core.incident().pages).toContainEqual(
      expect.objectContaining({ key, team: "payments", status: "requested" }),
    );
    core.passes(70 * MINUTE);
    expect(core.incident(other).teamEscalations).toEqual({});
  });
});
