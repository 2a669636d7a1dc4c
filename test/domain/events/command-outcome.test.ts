import { expect, test } from "vitest";
import { appliedOutcome } from "#domain/events/command-outcome.ts";
import { BOB } from "#test/support/builders/people.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";
import { coreOfDown } from "#test/support/builders/core/down-alerts.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

/** The text for what the pager's news of an acknowledgement by Bob came to. */
function acknowledgedThere(core: CoreHarness, page: number): string {
  const before = core.events.length;
  const alarm = `muster:${core.incident().pages[page]!.key}:uid`;
  core.does({ type: "pager.heard", what: "acknowledged", alarm, text: "acknowledged by Bob" }, BOB);
  return appliedOutcome(1, core.events.slice(before)).text;
}

test("an acknowledgement in the pager is written once, with who and where", () => {
  expect(acknowledgedThere(coreOfDown("P1"), 0)).toBe("INC-1: Acknowledged by Bob in the pager");
});

test("so is one for another team", () => {
  const core = new CoreHarness(aPolicy({ ...TWO_TEAM_POLICY, grouping: { by: ["alertname"] } }));
  core.receives(deliveryOfAlerts(alertOfService("order-service"), alertOfService("payment-service")));
  core.does({ type: "incident.acknowledge" });
  expect(acknowledgedThere(core, 1)).toBe("INC-1: Bob acknowledged their page for payments in the pager");
});
