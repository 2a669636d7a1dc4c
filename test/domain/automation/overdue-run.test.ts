import { describe, expect, test } from "vitest";
import { decideOverdueRun, escalationDeadline, type OverdueMove } from "#domain/automation/overdue-run.ts";
import type { RunSurroundings } from "#domain/automation/run-next.ts";
import { RUN_STATES, isRunOver, type Run } from "#domain/automation/run.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aRun, aRunPlan } from "#test/support/builders/runbooks/run-builders.ts";

const ESCALATE = { after: 10 * MINUTE, to: "orders" };
const PAGE: OverdueMove = { do: "page", ...ESCALATE };
const LATER: OverdueMove = { do: "look-again", at: NOW + MINUTE };
const NOTHING: OverdueMove = { do: "nothing" };

function decide(run: Partial<Run>, around: Partial<RunSurroundings> = {}): OverdueMove {
  const plan = aRunPlan({ escalate: ESCALATE });
  return decideOverdueRun(aRun({ plan, ...run }), { now: NOW, incidentOpen: true, alertFiring: true, ...around });
}

describe("a run whose deadline has passed", () => {
  test.each(RUN_STATES)("wakes people while its alert fires, unless it has succeeded: %s", (state) => {
    expect(decide({ state })).toEqual(state === "succeeded" ? NOTHING : PAGE);
  });

  test.each(RUN_STATES)("is looked at again while its alert is quiet, unless it has ended: %s", (state) => {
    const move = isRunOver(state) ? NOTHING : LATER;
    expect(decide({ state }, { alertFiring: false })).toEqual(move);
    expect(decide({ state }, { incidentOpen: false })).toEqual(move);
  });

  test("wakes people when no alert began it, while its incident is open", () => {
    expect(decide({}, { alertFiring: null })).toEqual(PAGE);
    expect(decide({}, { alertFiring: null, incidentOpen: false })).toEqual(LATER);
  });

  test("wakes no one when its runbook names no one", () => {
    expect(decide({ plan: aRunPlan() })).toEqual(NOTHING);
  });
});

describe("the deadline of a run", () => {
  test.each([
    ["is as late as its runbook says", { incident: 1, plan: aRunPlan({ escalate: ESCALATE }) }, NOW + 10 * MINUTE],
    ["is none without an incident", { incident: null, plan: aRunPlan({ escalate: ESCALATE }) }, null],
    ["is none when its runbook names no one", { incident: 1, plan: aRunPlan() }, null],
  ])("%s", (_, run, deadline) => expect(escalationDeadline(run, NOW)).toBe(deadline));
});
