import { isDeepStrictEqual } from "node:util";
import { isGuardFailure } from "#domain/automation/guard-failure.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import type { Run, RunStep } from "#domain/automation/run.ts";
import { conditionFacts } from "#engine/automation/run-facts.ts";
import { evaluateCondition, isNoDataError, type RunbookProblem, type Runbook } from "#runbooks/index.ts";
import type { CaseStepOutcome, CaseOutcome } from "./test-schema.ts";
import type { PlayedCase } from "./play-case.ts";
import { touchesNothing, type TestCase } from "./test-cases.ts";

/** Everything in which what happened differs from what a case expects. */
export function findDifferences(runbook: Runbook, written: TestCase, played: PlayedCase): readonly RunbookProblem[] {
  const { expect, differs } = written;
  const { run } = played;
  const found: RunbookProblem[] = [...played.problems];
  const wrong: Wrong = (path, message, fix) => void found.push(differs(["expect", ...path], message, fix));
  compareOutcome(expect, played, wrong);
  if (run === null) return found;
  compareSteps(runbook, expect, played, run, wrong);
  compareArguments(expect, played, run, wrong);
  compareUndone(expect, played, run, wrong);
  comparePage(expect, played, wrong);
  return found;
}

type Wrong = (path: readonly (string | number)[], message: string, fix: string) => void;
type Expected = TestCase["expect"];

function compareOutcome(expect: Expected, played: PlayedCase, wrong: Wrong): void {
  const outcome = outcomeOf(played);
  const reason = played.run?.reason ?? played.refusals.join("; ");
  if (outcome !== expect.outcome)
    wrong(
      ["outcome"],
      `it came out as ${outcome}${reason === "" ? "" : ` (${reason})`}, expected ${expect.outcome}`,
      "mend the runbook or the test",
    );
  if (expect.because !== undefined && !reason.includes(expect.because))
    wrong(["because"], `the reason is "${reason}"`, `expected it to contain "${expect.because}"`);
}

function compareSteps(runbook: Runbook, expect: Expected, played: PlayedCase, run: Run, wrong: Wrong): void {
  for (const [i, step] of runbook.steps.entries()) {
    const wanted: CaseStepOutcome = expect.steps[step.id] ?? (touchesNothing(step) ? "ran" : "not run");
    const [outcome, detail] = stepOutcomeOf(played, run, i);
    if (outcome !== wanted)
      wrong(
        ["steps", step.id],
        `${step.id} ${outcome === "ran" ? "ran" : `is ${outcome}`}${detail === "" ? "" : ` (${detail})`}, expected ${wanted}`,
        "mend the runbook or the test",
      );
  }
}

/** The arguments of the steps, and the texts that people got. */
function compareArguments(expect: Expected, played: PlayedCase, run: Run, wrong: Wrong): void {
  const done = (id: string): Readonly<Record<string, unknown>> => {
    const index = run.plan.steps.findIndex((step) => step.id === id);
    const line = latestAttempt(played.journal, index);
    return line === null || line.state === "skipped" ? run.plan.steps[index]!.with : line.intent;
  };
  for (const [id, args] of Object.entries(expect.plan))
    for (const [name, value] of Object.entries(args))
      if (!isDeepStrictEqual(done(id)[name], value))
        wrong(
          ["plan", id, name],
          `${name} of ${id} is ${JSON.stringify(done(id)[name]) ?? "not there"}`,
          `expected ${JSON.stringify(value)}`,
        );
  for (const [id, texts] of Object.entries(expect.texts)) {
    const { text, title } = done(id);
    const detail = [title, text].filter((each) => typeof each === "string").join("\n");
    for (const wanted of texts)
      if (!detail.includes(wanted))
        wrong(["texts", id], `${id} says "${detail.trim()}"`, `expected it to contain "${wanted}"`);
  }
}

function compareUndone(expect: Expected, played: PlayedCase, run: Run, wrong: Wrong): void {
  const undone = played.journal
    .filter(({ idx, state }) => idx < 0 && state === "finished")
    .map(({ idx }) => run.plan.steps[-1 - idx]!.id);
  if (!isDeepStrictEqual(undone.toSorted(), expect.undone.toSorted()))
    wrong(
      ["undone"],
      `${undone.length === 0 ? "nothing" : undone.join(" and ")} was put back`,
      `expected ${expect.undone.join(" and ") || "nothing"}; write undone: [${undone.join(", ")}] if that is right`,
    );
}

function comparePage(expect: Expected, played: PlayedCase, wrong: Wrong): void {
  const page =
    played.events
      .flatMap((event) => (event.type === "run.failed" || event.type === "run.overdue" ? (event.data.page ?? []) : []))
      .at(-1) ?? null;
  if (page !== (expect.escalates ?? null))
    wrong(
      ["escalates"],
      `${page === null ? "nobody" : page || "the incident's own ladder"} is paged for it`,
      `expected ${expect.escalates ?? "nobody"}${page === null ? "" : `; write escalates: '${page}' if that is right`}`,
    );
}

function outcomeOf({ run, denied, refusals }: PlayedCase): CaseOutcome {
  if (run === null) return refusals.length > 0 ? "no plan" : "no match";
  switch (run.state) {
    case "succeeded":
      return "verified";
    case "failed":
      return run.ending?.state === "failed" && run.proof !== null ? "not verified" : "failed";
    case "suggested":
      return "suggested";
    case "unknown":
      return "unsure";
    case "canceled":
      if (denied) return "denied";
      return run.asked !== null &&
        run.finishedAt !== null &&
        run.finishedAt >= run.asked.until &&
        run.ending?.by === null
        ? "expired"
        : "canceled";
    case "planned":
    case "running":
    case "verifying":
    case "waiting-approval":
      return "waiting";
  }
}

/** What became of a step, and its detail. Conditions are judged by the engine's own function. */
function stepOutcomeOf({ journal }: PlayedCase, run: Run, index: number): readonly [CaseStepOutcome, string] {
  const line = latestAttempt(journal, index);
  const detail = line?.outcome?.says ?? "";
  switch (line?.state) {
    case undefined:
    case "planned":
    case "started":
      return ["not run", ""];
    case "finished":
      return ["ran", ""];
    case "failed":
      return ["failed", detail];
    case "unknown":
      return ["unsure", detail];
    case "skipped":
      return [whySkipped(run.plan.steps[index]!, run, journal, detail), detail];
  }
}

function whySkipped({ when }: RunStep, run: Run, journal: PlayedCase["journal"], detail: string): CaseStepOutcome {
  const result = when === null ? true : evaluateCondition(when, conditionFacts(run, journal));
  if (result === false) return "skipped";
  if (result === true)
    return isGuardFailure(detail)
      ? "guarded"
      : run.mode === "suggest"
        ? "skipped"
        : isNoDataError(detail)
          ? "unknown"
          : "failed";
  return result.noData ? "unknown" : "failed";
}
