import { describe, expect, test } from "vitest";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { aPolicy } from "#test/support/builders/policies.ts";
import { alertOfService, TWO_TEAM_POLICY } from "#test/support/builders/two-teams.ts";
import { CoreHarness, deliveryOfAlerts } from "#test/support/harness/core.ts";

const TEAMS = ["orders", "payments"];

/** Two teams were paged for one incident at NOW; nothing else is due but their steps. */
function pagedTeams(): CoreHarness {
  const core = new CoreHarness(
    aPolicy({
      ...TWO_TEAM_POLICY,
      grouping: { by: ["alertname"] },
      priorities: { P1: { commandWithin: null, updateEvery: null } },
    }),
  );
  core.receives(deliveryOfAlerts(alertOfService("order-service"), alertOfService("payment-service")));
  expect(core.paged()).toEqual(["P1 Alice", "P1 Bob"]);
  return core;
}

/** The clock is set back, and Muster sees it. */
function setBack(core: CoreHarness, ms: number): void {
  const from = core.now;
  core.now -= ms;
  core.does({ type: "watch.interrupted", kind: "step", from, until: core.now }, MUSTER_ACTOR);
}

describe("when the clock is set back", () => {
  test.each([2 * HOUR, 10 * MINUTE])("by %i ms, the steps of each team come when they would have come", (ms) => {
    const core = pagedTeams();
    core.passes(4 * MINUTE);
    setBack(core, ms);
    expect(core.incident().escalation.next?.at).toBe(NOW - ms + 10 * MINUTE);
    expect(core.incident().teamEscalations["payments"]?.next?.at).toBe(NOW - ms + 10 * MINUTE);
    expect(core.timer("escalate")).toBe(NOW - ms + 10 * MINUTE);
    expect(teamsWithoutOwner(core.incident(), TEAMS, core.now)).toEqual([]);
    const before = core.paged().length;
    core.passes(6 * MINUTE);
    expect(core.paged().length).toBe(before + 2);
  });

  test("a step comes when it would have come although its page is older than the step of the clock", () => {
    const core = pagedTeams();
    core.passes(8 * MINUTE);
    setBack(core, 5 * MINUTE);
    expect(core.incident().escalation.next?.at).toBe(NOW + 5 * MINUTE);
    expect(core.incident().teamEscalations["payments"]?.next?.at).toBe(NOW + 5 * MINUTE);
  });

  test("an answer without activity expires after its time, and is not extended by what lies ahead", () => {
    const core = pagedTeams();
    core.does({ type: "incident.acknowledge" });
    setBack(core, 2 * HOUR);
    core.passes(HOUR + MINUTE);
    expect(core.incident()).toMatchObject({ status: "triggered", escalation: { answered: null } });
  });

  test("an answer holds no longer than one that is given then", () => {
    const core = pagedTeams();
    core.does({ type: "incident.acknowledge" });
    setBack(core, 2 * HOUR);
    expect(core.incident().ackUntil).toBe(core.now + HOUR);
    expect(teamsWithoutOwner(core.incident(), ["orders"], core.now)).toEqual([]);
  });

  test("what was set since stays as it is", () => {
    const core = pagedTeams();
    const from = core.now;
    const until = core.now - 2 * HOUR;
    core.now = until + 500;
    core.asks({ type: "incident.escalate", reason: null });
    const { next } = core.incident().escalation;
    core.does({ type: "watch.interrupted", kind: "step", from, until }, MUSTER_ACTOR);
    expect(core.incident().escalation.next).toEqual(next);
  });
});
