import { describe, expect, test } from "vitest";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const TEAMS = ["orders", "payments"];

/** Two teams were paged for one incident, and then no process ran for a time in which their next steps came due. */
function overdueTeams(minutes: number): CoreHarness {
  const core = new CoreHarness(
    aPolicy({
      ...TWO_TEAM_POLICY,
      grouping: { by: ["alertname"] },
      priorities: { P1: { commandWithin: null, updateEvery: null } },
    }),
  );
  core.receives(deliveryOfAlerts(alertOfService("order-service"), alertOfService("payment-service")));
  expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  core.now += minutes * MINUTE;
  return core;
}

const audits = (core: CoreHarness): void => core.does({ type: "escalation.audit", teams: [...TEAMS] }, MUSTER_ACTOR);

describe("an audit that finds steps overdue", () => {
  test("takes them at once: what a team has waited for is not waited for again", () => {
    const core = overdueTeams(20);
    audits(core);
    expect(core.paged()).toHaveLength(4);
    const [own, team] = [core.incident().escalation, core.incident().teamEscalations["payments"]];
    expect([own.next?.at, team?.next?.at]).toEqual([core.now + 10 * MINUTE, core.now + 10 * MINUTE]);
  });

  test("pages no one twice when the timer comes after it", () => {
    const core = overdueTeams(20);
    audits(core);
    const before = core.paged();
    core.does({ type: "timer.due", timer: "escalate", due: core.now - 10 * MINUTE }, MUSTER_ACTOR);
    audits(core);
    expect(core.paged()).toEqual(before);
  });

  test("gives a deadline that was lost what is left of its step", () => {
    const core = overdueTeams(4);
    const incident = core.incident();
    core.incidents.set(1, { ...incident, escalation: { ...incident.escalation, next: null } });
    audits(core);
    expect(core.incident().escalation.next?.at).toBe(core.now + 6 * MINUTE);
  });
});
