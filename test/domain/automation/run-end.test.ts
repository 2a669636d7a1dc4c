import { describe, expect, test } from "vitest";
import { decideRunResult, describeRunResult, type RunResult } from "#domain/automation/run-end.ts";
import type { JournalLine, Run, RunEnd } from "#domain/automation/run.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aLine, aRun, aRunPlan, aStep } from "#test/support/builders/runbooks/run-builders.ts";

const named = aRunPlan({ escalate: { after: MINUTE, to: "orders" } });
const unnamed = aRunPlan();
const undone = (state: JournalLine["state"]): JournalLine => aLine({ idx: -1, state });

function result(run: Partial<Run>, state: RunEnd, journal: readonly JournalLine[] = [aLine()]): RunResult {
  return decideRunResult(aRun(run), journal, { state, reason: "r", by: null });
}

describe("a run that has ended", () => {
  test.each<[string, Partial<Run>, RunEnd, Partial<RunResult>]>([
    [
      "well wakes no one, and ends its deadline",
      { wroteAt: NOW },
      "succeeded",
      { page: false, endsDeadline: true, counts: true },
    ],
    [
      "badly wakes people if it changed something",
      { wroteAt: NOW },
      "failed",
      { page: true, endsDeadline: true, counts: true },
    ],
    [
      "badly wakes no one if it changed nothing",
      { plan: unnamed },
      "failed",
      { page: false, endsDeadline: false, counts: false },
    ],
    [
      "badly wakes whom its runbook names, whatever it changed",
      { plan: named, escalateAt: NOW },
      "failed",
      { page: true, counts: false },
    ],
    [
      "badly wakes no one again whom its deadline has woken",
      { plan: named, escalateAt: null, wroteAt: NOW },
      "failed",
      { page: false, endsDeadline: false, counts: true },
    ],
    [
      "canceled keeps its deadline",
      { plan: named, escalateAt: NOW, wroteAt: NOW },
      "canceled",
      { page: false, endsDeadline: false, counts: false },
    ],
    [
      "with a suggestion keeps its deadline",
      { plan: named, escalateAt: NOW },
      "suggested",
      { page: false, endsDeadline: false, counts: false },
    ],
  ])("%s", (_, run, state, expected) => {
    expect(result(run, state)).toMatchObject({ state, stuck: [], ...expected });
  });

  test.each<[RunEnd, RunEnd]>([
    ["succeeded", "failed"],
    ["failed", "failed"],
    ["canceled", "canceled"],
  ])("%s with something that could not be put back has %s, and wakes people", (ending, state) => {
    expect(result({ wroteAt: NOW }, ending, [aLine(), undone("failed")])).toMatchObject({
      state,
      stuck: ["pool"],
      page: true,
      endsDeadline: true,
    });
  });

  test("is judged by the last attempt to put something back", () => {
    const plan = aRunPlan({ steps: [aStep(), aStep({ id: "other" })] });
    const again = aLine({ idx: -1, attempt: 2, state: "finished" });
    expect(result({ plan }, "succeeded", [undone("failed"), again]).stuck).toEqual([]);
    expect(result({ plan }, "succeeded", [undone("failed"), aLine({ idx: -2, state: "failed" })]).stuck).toEqual([
      "pool",
      "other",
    ]);
  });

  test.each([
    [[], null, "r"],
    [["a", "b"], null, "r; could not be put back: a, b"],
    [[], NOW + HOUR, "r; nothing more is tried on k8s/shop until 15:32 UTC"],
    [["a"], NOW + HOUR, "r; could not be put back: a; nothing more is tried on k8s/shop until 15:32 UTC"],
  ])("gives the reason, with %j and the breaker open until %s", (stuck, open, text) => {
    expect(describeRunResult({ state: "failed", reason: "r", by: null }, { stuck }, aRun(), open)).toBe(text);
  });
});

describe("a verified run", () => {
  const alert = { source: "alertmanager", fingerprint: "f" };
  const bad = [aLine({ idx: 1, before: [8.5], after: [0.5] })];
  const plan = aRunPlan({
    verify: { ...aRunPlan().verify!, promql: [{ measure: "latency", operator: "<", threshold: 1 }] },
  });
  const person = { kind: "person", id: "U1", name: "Alice" } as const;

  test.each<[string, boolean, Partial<Run>, readonly JournalLine[]]>([
    ["that an alert began, with a measure that was bad before", true, {}, bad],
    ["that a person began", false, { by: person }, bad],
    ["without an alert", false, { alert: null }, bad],
    ["whose measure was well before", false, {}, [aLine({ idx: 1, before: [0.5], after: [0.5] })]],
    ["whose measure was unknown before", false, {}, [aLine({ idx: 1, before: [null], after: [0.5] })]],
    [
      "whose measure was bad only after its own first change",
      false,
      {},
      [aLine({ idx: 1, before: [0.5], startedAt: NOW }), aLine({ idx: 2, before: [9], startedAt: NOW + 1 })],
    ],
  ])("%s proves that its runbook helps: %s", (_, proves, run, journal) => {
    expect(result({ alert, by: null, wroteAt: NOW, plan, ...run }, "succeeded", journal).proved).toBe(proves);
  });

  test("that could not be put back, or failed, proves nothing", () => {
    const run = { alert, by: null, wroteAt: NOW, plan };
    expect(result(run, "succeeded", [...bad, undone("failed")]).proved).toBe(false);
    expect(result(run, "failed", bad).proved).toBe(false);
  });
});
