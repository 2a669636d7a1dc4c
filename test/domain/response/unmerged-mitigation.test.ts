import { expect, test } from "vitest";
import type { Actor } from "#domain/values/language.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

// A merge takes the mitigation back of the incident that goes on; its undoing gives it back, when nothing newer is left there.

const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };
const SERVICES = {
  "order-service": { team: "orders" },
  "cart-service": { team: "orders" },
  "payment-service": { team: "payments" },
};
const CART = alertOfService("cart-service");
const PAYMENTS = alertOfService("payment-service");

/** INC-1 of the order service, which Alice mitigated at `at`; INC-2 and INC-3 began since, of other services. */
function mitigated(): { readonly core: CoreHarness; readonly at: number } {
  const policy = aPolicy({
    ...TWO_TEAM_POLICY,
    services: SERVICES,
    grouping: { by: ["service", "severity"], related: null },
  });
  const core = new CoreHarness(policy);
  core.receives(deliveryOfAlerts(alertOfService("order-service")));
  core.passes(MINUTE);
  core.does({ type: "incident.acknowledge" }, ALICE);
  core.does({ type: "incident.mitigate" }, ALICE);
  const at = core.now;
  core.passes(MINUTE);
  core.receives(deliveryOfAlerts({ ...CART, startsAt: core.now }));
  core.receives(deliveryOfAlerts({ ...PAYMENTS, startsAt: core.now }));
  expect(core.incident(1).status).toBe("mitigated");
  return { core, at };
}

const IS_MITIGATED = (at: number) => ({
  status: "mitigated",
  mitigatedAt: at,
  escalation: { answered: { by: { name: "Alice" } }, next: null },
});

test.each([
  ["its own team", 2],
  ["another team", 3],
])("an undone merge of an incident of %s gives the mitigation back", (_, from) => {
  const { core, at } = mitigated();
  core.merges(from, 1, CHARLIE);
  expect(core.incident(1)).toMatchObject({ status: "acknowledged", mitigatedAt: null });
  core.passes(MINUTE);
  core.does({ type: "undo" }, CHARLIE, from);
  expect(core.incident(1)).toMatchObject(IS_MITIGATED(at));
  expect(core.incident(from).status).toBe("triggered");
  core.passes(12 * MINUTE);
  expect(core.incident(1).pages.filter(({ carriedTo }) => carriedTo === undefined)).toHaveLength(1);
});

test("an answer that was given since the merge is no obstacle", () => {
  const { core, at } = mitigated();
  core.merges(2, 1, CHARLIE);
  core.does({ type: "incident.acknowledge" }, BOB, 1);
  core.does({ type: "undo" }, CHARLIE, 2);
  expect(core.incident(1)).toMatchObject({ status: "mitigated", mitigatedAt: at, escalation: { next: null } });
});

test("an alert that began after the mitigation and is left there keeps it revoked", () => {
  const { core } = mitigated();
  core.merges(2, 1, CHARLIE);
  core.passes(MINUTE);
  core.receives(deliveryOfAlerts({ ...alertOfService("order-service"), fingerprint: "second", startsAt: core.now }));
  core.does({ type: "undo" }, CHARLIE, 2);
  expect(core.incident(1)).toMatchObject({ status: "acknowledged", mitigatedAt: null, alerts: { firing: 2 } });
});

test("an alert that began before the mitigation and is received after it keeps it revoked", () => {
  const { core, at } = mitigated();
  core.merges(2, 1, CHARLIE);
  const late = { ...alertOfService("order-service"), fingerprint: "late", startsAt: at - 30_000 };
  core.receives(deliveryOfAlerts(late));
  core.does({ type: "undo" }, CHARLIE, 2);
  expect(core.incident(1)).toMatchObject({ status: "acknowledged", mitigatedAt: null });
});

test.each([
  ["the later first", [3, 2]],
  ["the earlier first", [2, 3]],
])("two merges undone, %s, give the mitigation back with the last", (_, [first, second]) => {
  const { core, at } = mitigated();
  core.merges(2, 1, CHARLIE);
  core.merges(3, 1, CHARLIE);
  core.does({ type: "undo" }, CHARLIE, first!);
  expect(core.incident(1)).toMatchObject({ status: "acknowledged", mitigatedAt: null });
  core.does({ type: "undo" }, CHARLIE, second!);
  expect(core.incident(1)).toMatchObject({ status: "mitigated", mitigatedAt: at });
});

test("what an alert of its own had revoked before the merge stays revoked", () => {
  const { core } = mitigated();
  const second = { ...alertOfService("order-service"), fingerprint: "second", startsAt: core.now };
  core.receives(deliveryOfAlerts(second));
  core.merges(2, 1, CHARLIE);
  core.receives(deliveryOfAlerts({ ...second, status: "resolved", endsAt: core.now }));
  core.does({ type: "undo" }, CHARLIE, 2);
  expect(core.incident(1).status).not.toBe("mitigated");
});

test("what a person ended since the merge stays ended", () => {
  const { core } = mitigated();
  core.merges(2, 1, CHARLIE);
  core.does({ type: "incident.resolve", reason: "fixed, I think" }, BOB, 1);
  core.does({ type: "undo" }, CHARLIE, 2);
  expect(core.incident(1).status).toBe("resolved");
});
