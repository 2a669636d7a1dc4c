import { describe, expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { attemptedSteps } from "#domain/postmortem/attempted-steps.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aLine, aRun, aRunPlan, aStep } from "#test/support/builders/runbooks/run-builders.ts";

const RESTART = aStep({ id: "restart", uses: "k8s.restart", touches: "systems", effect: "once" });
const SCALE = aStep({ id: "scale", uses: "k8s.scale", touches: "systems", undo: ["verify-failed"] });
const TELL = aStep({ id: "tell", uses: "notify", touches: "people" });
const plan = aRunPlan({ steps: [aStep(), RESTART, SCALE, TELL] });
const aRestart = (change: Partial<Run> = {}): Run =>
  aRun({ plan, state: "succeeded", finishedAt: NOW + 9 * MINUTE, ...change });
const restarted = aLine({ idx: 1, startedAt: NOW + 2 * MINUTE, before: [8.5], after: [0.5] });
const started = (run: number, step: string, approvedBy: string[]): Fact => ({
  type: "run.started",
  data: { run, runbook: "restart", step, what: "", approvedBy },
});
const observeFacts = (...facts: Fact[]) => facts.map((fact, i) => anEvent(fact, { seq: i + 1 }));
const tried = (
  journal: readonly JournalLine[],
  run = aRestart(),
  events = observeFacts(started(1, "restart", ["Alice"])),
) => attemptedSteps([{ run, journal, events }]);

describe("the attempted steps", () => {
  test("list each change with its approver, its measures and how the run ended", () => {
    expect(tried([aLine(), restarted, aLine({ idx: 3 })])).toEqual([
      {
        run: "RUN-1",
        runbook: "restart",
        step: "restart: k8s.restart on k8s/shop",
        startedAt: NOW + 2 * MINUTE,
        did: "done",
        approvedBy: ["Alice"],
        outcome: "helped",
        before: "8.5",
        after: "0.5",
        wanted: "< 1",
        ended: "verified",
      },
    ]);
  });

  test.each([
    { after: [0.5], outcome: "helped" },
    { after: [8.4], outcome: "no effect" },
    { after: [12], outcome: "worse" },
    { after: [null], outcome: "unknown" },
  ])("with $after after it: $outcome", ({ after, outcome }) => {
    expect(tried([{ ...restarted, after }])).toMatchObject([
      { outcome, after: after[0] === null ? null : String(after[0]) },
    ]);
  });

  test("is listed once for all attempts, from the start of the first", () => {
    const again = [
      { ...restarted, state: "failed" as const, after: null, outcome: { says: "HTTP 503", retry: true } },
      { ...restarted, attempt: 2, startedAt: NOW + 4 * MINUTE },
    ];
    expect(tried(again)).toMatchObject([{ startedAt: NOW + 2 * MINUTE, did: "done", outcome: "helped" }]);
  });

  test("list each undo after its step, without an approver", () => {
    const failed = aRestart({ state: "failed", reason: "the measure is not good in time" });
    const journal = [{ ...restarted, idx: 2 }, aLine({ idx: -3, startedAt: NOW + 8 * MINUTE })];
    expect(tried(journal, failed, observeFacts(started(1, "scale", ["Bob"])))).toMatchObject([
      { step: "scale: k8s.scale on k8s/shop", approvedBy: ["Bob"], ended: "failed: the measure is not good in time" },
      { step: "put back scale: k8s.scale on k8s/shop", approvedBy: [], did: "done", outcome: "unknown", before: null },
    ]);
  });

  test.each([
    ["skipped", []],
    ["planned", []],
    ["started", ["at work"]],
    ["unknown", ["unknown"]],
    ["failed", ["failed"]],
  ] as const)("describe a step that is %s: %j", (state, did) => {
    expect(tried([{ ...restarted, state, after: null }]).map((each) => each.did)).toEqual(did);
  });

  test("read an approval from its own run when the incident has no event of it yet", () => {
    const requests = {
      step: 1,
      hash: "h",
      from: [],
      count: 1,
      until: NOW,
      why: "",
      by: [{ id: "U1", name: "Charlie" }],
    };
    expect(
      tried([restarted], aRestart({ asked: requests }), observeFacts(started(2, "restart", ["Alice"]))),
    ).toMatchObject([{ approvedBy: ["Charlie"] }]);
  });

  test("of several runs is in the order in which it was begun", () => {
    const second = aRestart({ number: 2, state: "verifying", finishedAt: null });
    const both = attemptedSteps([
      { run: second, journal: [{ ...restarted, run: 2, startedAt: NOW + 5 * MINUTE }], events: [] },
      { run: aRestart(), journal: [restarted], events: [] },
    ]);
    expect(both.map(({ run, ended }) => [run, ended])).toEqual([
      ["RUN-1", "verified"],
      ["RUN-2", "not over"],
    ]);
  });
});
