import { describe, expect, test } from "vitest";
import { isApproved, mayStartStep, type GateFacts } from "#domain/automation/run-gate.ts";
import type { ApprovalRequest, Run, RunStep } from "#domain/automation/run.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aRun, aStep } from "#test/support/builders/runbooks/run-builders.ts";

const FACTS: GateFacts = {
  now: NOW,
  enabled: true,
  off: null,
  breakerOpenUntil: null,
  lastWroteAt: null,
  recentWrites: [],
  otherTargets: 0,
  budget: { max: 2, per: 10 * MINUTE },
  writes: [],
  domainBudget: { max: 1, per: 10 * MINUTE },
  domainWrites: [],
  domainBusyBy: null,
  lockedBy: null,
  systemic: false,
  ofUnknown: false,
  byStranger: false,
  verified: 3,
  planHash: "plan",
  stepHash: "hash",
  excused: false,
};
const APPROVED: ApprovalRequest = {
  step: 0,
  hash: "hash",
  from: [],
  count: 1,
  until: NOW + MINUTE,
  why: "",
  by: [{ id: ALICE.id, name: "Alice" }],
};

type Row = {
  readonly run?: Partial<Run>;
  readonly step?: Partial<RunStep>;
  readonly facts?: Partial<GateFacts>;
  readonly says: string;
};
const GATE_ROWS: readonly (Row & { readonly title: string })[] = [
  { title: "an approved step starts", says: "go" },
  { title: "one that was not approved asks", run: { asked: null }, says: "ask 1: the runbook asks first" },
  {
    title: "a runbook that asks is not excused",
    run: { asked: null },
    facts: { excused: true },
    says: "ask 1: the runbook asks first",
  },
  {
    title: "an approval for something else is none",
    run: { asked: { ...APPROVED, hash: "other" } },
    says: "ask 1: the runbook asks first",
  },
  {
    title: "an approval of another step is none",
    run: { asked: { ...APPROVED, step: 1 } },
    says: "ask 1: the runbook asks first",
  },
  {
    title: "an approval that ended is none",
    run: { asked: { ...APPROVED, until: NOW } },
    says: "ask 1: the runbook asks first",
  },
  {
    title: "new words by nobody knows whom ask two, who cannot both have written them",
    run: { asked: null },
    facts: { ofUnknown: true },
    says: "ask 2: the runbook asks first; its words are new and nobody knows who wrote them",
  },
  {
    title: "high risk asks two, also in auto",
    run: { mode: "auto", asked: null },
    step: { risk: "high" },
    facts: { excused: true },
    says: "ask 2: it is of high risk",
  },
  { title: "a reading needs nobody", run: { asked: null }, step: { touches: "nothing" }, says: "go" },
  { title: "telling people needs nobody", run: { asked: null }, step: { touches: "people" }, says: "go" },
  { title: "auto that is excused starts", run: { mode: "auto", asked: null }, facts: { excused: true }, says: "go" },
  {
    title: "auto that has not earned it asks",
    run: { mode: "auto", asked: null },
    facts: { excused: true, verified: 2 },
    says: "ask 1: it has 2 verified runs, and runs by itself after 3",
  },
  { title: "auto that is not excused asks", run: { mode: "auto", asked: null }, says: "ask 1: the step asks first" },
  {
    title: "auto that a person asked for asks another",
    run: { mode: "auto", asked: null, by: ALICE },
    facts: { excused: true },
    says: "ask 1: Alice asks for it",
  },
  {
    title: "auto in a storm asks",
    run: { mode: "auto", asked: null },
    facts: { excused: true, systemic: true },
    says: "ask 1: many alerts of this kind at once: the trouble may be larger than this target",
  },
  {
    title: "switched off stops also what was approved",
    facts: { off: { by: "Bob", scope: "everything" } },
    says: "stop: automation is off for everything, says Bob",
  },
  {
    title: "switched off stops a reading too",
    step: { touches: "nothing" },
    facts: { off: { by: "Bob", scope: "everything" } },
    says: "stop: automation is off for everything, says Bob",
  },
  {
    title: "disabled by the policy stops",
    facts: { enabled: false },
    says: "stop: automation.enabled is false in muster.yaml",
  },
  {
    title: "a changed plan stops",
    facts: { planHash: "new" },
    says: "stop: the runbook or the inventory has changed since this run was planned",
  },
  {
    title: "a runbook that is gone stops",
    facts: { planHash: null },
    says: "stop: the runbook or the inventory has changed since this run was planned",
  },
  {
    title: "an open breaker stops",
    facts: { breakerOpenUntil: NOW + HOUR },
    says: "stop: runs did not help here: nothing is tried on k8s/shop until 15:32 UTC",
  },
  { title: "a breaker that has closed does not", facts: { breakerOpenUntil: NOW }, says: "go" },
  {
    title: "a cooldown stops",
    facts: { lastWroteAt: NOW - 29 * MINUTE },
    says: "stop: it was done at 14:03 UTC, and k8s/shop is left alone for 30 min",
  },
  { title: "a cooldown that is over does not", facts: { lastWroteAt: NOW - 30 * MINUTE }, says: "go" },
  {
    title: "a cooldown does not stop a run in its middle",
    run: { wroteAt: NOW - MINUTE },
    facts: { lastWroteAt: NOW - 5 * MINUTE },
    says: "go",
  },
  {
    title: "as many runs as are allowed stop one more",
    facts: { recentWrites: [NOW - 3 * HOUR, NOW - 2 * HOUR] },
    says: "stop: it ran 2 times in 24 h, which is the most",
  },
  {
    title: "another target at work stops",
    facts: { otherTargets: 1 },
    says: "stop: it is at work on 1 other target, and 1 at a time is the most",
  },
  {
    title: "a used budget waits until it frees",
    facts: { writes: [NOW - 9 * MINUTE, NOW - MINUTE] },
    says: "wait 60000: 2 changes in 10 min are the most that automation makes",
  },
  { title: "a budget with room does not", facts: { writes: [NOW - 9 * MINUTE] }, says: "go" },
  {
    title: "a failure domain that was changed lately waits until its own budget frees",
    run: { domains: ["zone-a"] },
    facts: { domainWrites: [NOW - 4 * MINUTE] },
    says: "wait 360000: 1 in 10 min is the most that runs change in zone-a",
  },
  {
    title: "a failure domain where another run is at work waits",
    run: { domains: ["zone-a"] },
    facts: { domainBusyBy: 7 },
    says: "wait 10000: RUN-7 works in zone-a",
  },
  {
    title: "without budget a failure domain is never changed",
    run: { domains: ["zone-a"] },
    facts: { domainBudget: { max: 0, per: MINUTE } },
    says: "stop: automation.domainBudget.max is 0 in muster.yaml",
  },
  {
    title: "what has no failure domain is not held to one",
    facts: { domainBusyBy: 7, domainWrites: [NOW] },
    says: "go",
  },
  {
    title: "of many at once the others wait for each other",
    run: { systemic: true },
    facts: { otherTargets: 1 },
    says: "wait 10000: 1 of the others are at work",
  },
  {
    title: "no budget stops",
    facts: { budget: { max: 0, per: MINUTE } },
    says: "stop: automation.writeBudget.max is 0 in muster.yaml",
  },
  { title: "a locked target waits", facts: { lockedBy: 9 }, says: "wait 10000: RUN-9 works on k8s/shop" },
  { title: "suggest never changes anything", run: { mode: "suggest" }, says: "stop: the runbook only suggests" },
  { title: "off does nothing", run: { mode: "off" }, step: { touches: "nothing" }, says: "stop: the runbook is off" },
];

test.each(GATE_ROWS)("$title", ({ run = {}, step = {}, facts = {}, says }) => {
  const gate = mayStartStep(
    aRun({ asked: APPROVED, ...run }),
    0,
    aStep({ touches: "systems", approve: { from: [], count: 1, expires: MINUTE, unless: null }, ...step }),
    { ...FACTS, ...facts },
  );
  expect(
    gate.ok
      ? "go"
      : `${gate.then}${gate.then === "ask" ? ` ${gate.count}` : gate.then === "wait" ? ` ${gate.until - NOW}` : ""}: ${gate.why}`,
  ).toBe(says);
});

describe("an approval", () => {
  test("of one person counts once, after any number of clicks", () => {
    const twice = { ...APPROVED, count: 2, by: [...APPROVED.by, ...APPROVED.by] };
    expect(isApproved(twice, 0, "hash", NOW)).toBe(false);
    expect(isApproved({ ...twice, by: [...APPROVED.by, { id: BOB.id, name: "Bob" }] }, 0, "hash", NOW)).toBe(true);
  });
});
