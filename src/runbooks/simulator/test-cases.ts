import type { TargetInventory } from "#domain/policy/automation-policy.ts";
import type { Instant } from "#domain/values/language.ts";
import { explainIssues } from "#runbooks/language/schema-problems.ts";
import { requireAction, classifyCall, type RunbookProblem, type Runbook, type Step } from "#runbooks/index.ts";
import { sortProblems, suggestFix } from "#runbooks/language/runbook-problem.ts";
import { readYaml, type YamlPath, type YamlSource } from "#runbooks/language/yaml-source.ts";
import { answerField } from "#runbooks/actions/action-fake.ts";
import { answersInTurn, answerKind, type ScriptedAnswer } from "./scripted-answers.ts";
import { TestFile, type ExpectedOutcome, type WrittenCase } from "./test-schema.ts";

type Point<T> = { readonly at: number; readonly value: T };
export type ScriptedReading = number | "none";

/** One case, with what stands above the cases merged in. Times count from the alert. */
export type TestCase = {
  readonly name: string;
  readonly alert: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly inventory: TargetInventory;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** By step id, `<id>.guard`, `<id>.probe` or `<id>.undo`. `own`: written in the case, so it must be used. */
  readonly answers: ReadonlyMap<string, { readonly turns: readonly ScriptedAnswer[]; readonly own: boolean }>;
  readonly measures: readonly Point<readonly ScriptedReading[]>[] | null;
  readonly traffic: readonly Point<ScriptedReading>[] | null;
  readonly resolves: Instant | null;
  readonly approvals: WrittenCase["approvals"];
  readonly expect: ExpectedOutcome;
  /** A difference as a problem, at the place in the file that a path in the case names. */
  readonly differs: (path: YamlPath, message: string, fix: string) => RunbookProblem;
};

export type RunbookTests = { readonly cases: readonly TestCase[]; readonly problems: readonly RunbookProblem[] };

/** Where the tests of a runbook stand: beside it. */
export function testFilePath({ file }: Pick<Runbook, "file">): string {
  return file.replace(/\.(?:md|markdown)$/i, ".test.yaml");
}

/** Reads the tests of a runbook. With a problem in them there are no cases. */
export function readTests(text: string, file: string, runbook: Runbook): RunbookTests {
  const { source, problems } = readYaml(text, { file, lines: text.split("\n"), firstLine: 1 });
  if (source === null) return { cases: [], problems };
  const parsed = TestFile.safeParse(source.value ?? {});
  if (!parsed.success)
    return { cases: [], problems: sortProblems(explainIssues(parsed.error.issues, TestFile, source, file)) };
  const found: RunbookProblem[] = [];
  const cases = toCases(parsed.data, source, file);
  check(parsed.data, runbook, {
    at: (path, message, fix) => void found.push({ file, ...source.at(path), message, fix }),
    atKey: (path, message, fix) => void found.push({ file, ...source.atKey(path), message, fix }),
  });
  return found.length > 0 ? { cases: [], problems: sortProblems(found) } : { cases, problems: [] };
}

function toCases({ cases, ...shared }: TestFile, source: YamlSource, file: string): readonly TestCase[] {
  return cases.map((each, i) => {
    const alert = each.alert ?? shared.alert ?? { labels: {}, annotations: {} };
    const written: readonly (readonly [
      string,
      { readonly turns: readonly ScriptedAnswer[]; readonly own: boolean },
    ])[] = [
      ...Object.entries(shared.answers).map(
        ([key, answer]) => [key, { turns: answersInTurn(answer), own: false }] as const,
      ),
      ...Object.entries(each.answers).map(
        ([key, answer]) => [key, { turns: answersInTurn(answer), own: true }] as const,
      ),
    ];
    return {
      name: each.name,
      alert: { labels: { ...alert.labels, ...each.labels }, annotations: alert.annotations },
      inventory: each.inventory ?? shared.inventory ?? {},
      groups: each.groups ?? shared.groups ?? {},
      answers: new Map(written),
      measures: each.measures ?? shared.measures ?? null,
      traffic: each.traffic ?? shared.traffic ?? null,
      resolves: each.resolves ?? null,
      approvals: each.approvals,
      expect: each.expect,
      differs: (path, message, fix) => ({ file, ...source.at(["cases", i, ...path]), message, fix }),
    };
  });
}

type ReportProblem = (path: YamlPath, message: string, fix: string) => void;
type Report = { readonly at: ReportProblem; readonly atKey: ReportProblem };

/** The checks that the format cannot make: which steps the runbook has, and what each of them is answered. */
function check(tests: TestFile, runbook: Runbook, report: Report): void {
  checkAnswers(["answers"], tests.answers, runbook, report);
  const names = new Set<string>();
  for (const [i, each] of tests.cases.entries()) {
    const here = ["cases", i];
    if (names.has(each.name)) report.at([...here, "name"], "a second case of this name", "give it another name");
    names.add(each.name);
    if (each.alert === undefined && tests.alert === undefined)
      report.at([...here, "name"], "no alert", "add alert: { labels: { alertname: … } } above the cases");
    checkAnswers([...here, "answers"], each.answers, runbook, report);
    measures(
      each.measures ?? tests.measures,
      [...here, each.measures === undefined ? "name" : "measures"],
      runbook,
      report.at,
    );
    for (const [j, { approves, denies }] of each.approvals.entries())
      checkStep(
        [...here, "approvals", j, approves === undefined ? "denies" : "approves"],
        approves ?? denies!,
        runbook,
        report.atKey,
      );
    checkExpectation([...here, "expect"], each.expect, runbook, report);
  }
}

/** Whether the runbook has a step that a case speaks of. */
function checkStep(path: YamlPath, id: string, { id: runbook, steps }: Runbook, report: ReportProblem): void {
  const ids = steps.map((step) => step.id);
  if (!ids.includes(id)) report(path, `${runbook} has no step "${id}"`, suggestFix(id, ids, "steps"));
}

/** Whether each answer is for a step, a guard, a probe or an undo that asks someone, and is one that could be given. */
function checkAnswers(
  path: YamlPath,
  written: Readonly<Record<string, unknown>>,
  runbook: Runbook,
  { at, atKey }: Report,
): void {
  for (const [key, answer] of Object.entries(written)) {
    const [id = "", of] = key.split(".");
    const step = runbook.steps.find((each) => each.id === id);
    if (step === undefined || (of !== undefined && of !== "guard" && of !== "probe" && of !== "undo")) {
      checkStep([...path, key], key, runbook, atKey);
      continue;
    }
    const uses =
      of === "guard"
        ? step.guard?.uses
        : of === "probe"
          ? step.probe?.uses
          : of === "undo" && step.undo === null
            ? undefined
            : step.uses;
    const kind = uses === undefined ? null : answerKind(uses);
    if (kind === null) {
      atKey(
        [...path, key],
        uses === undefined ? `${id} has no ${of}` : `${uses} asks nobody for an answer`,
        "remove this answer",
      );
      continue;
    }
    const [list, under] =
      answerField(answer, "inTurn") === undefined ? [[answer], []] : [answersInTurn(answer), ["inTurn"]];
    for (const [i, turn] of list.entries())
      if (!kind.answers.safeParse(turn).success)
        at(
          [...path, key, ...under, ...(under.length > 0 ? [i] : [])],
          `this is nothing that answers ${uses}`,
          `write ${kind.says}`,
        );
  }
}

/** Whether what a case expects is of steps that there are, and covers all that touch something. */
function checkExpectation(path: YamlPath, expect: ExpectedOutcome, runbook: Runbook, { at, atKey }: Report): void {
  for (const key of ["steps", "plan", "texts"] as const)
    for (const id of Object.keys(expect[key])) checkStep([...path, key, id], id, runbook, atKey);
  for (const [i, id] of expect.undone.entries()) checkStep([...path, "undone", i], id, runbook, at);
  if (expect.outcome === "no plan" || expect.outcome === "no match") return;
  const left = runbook.steps
    .filter((step) => !touchesNothing(step) && !Object.hasOwn(expect.steps, step.id))
    .map(({ id }) => id);
  if (left.length > 0)
    at(
      path,
      `does not say what becomes of ${left.join(" and ")}`,
      `add below steps: ${left.map((id) => `${id}: ran`).join(", ")}, or skipped`,
    );
}

function measures(written: TestFile["measures"], path: YamlPath, { id, verify }: Runbook, at: ReportProblem): void {
  if (written === undefined) return;
  if (verify === null) return at(path, `${id} verifies nothing`, "remove measures");
  const wanted = verify.promql.length;
  for (const { value } of written)
    if (value.length !== wanted && !(value.length === 1 && value[0] === "none"))
      at(
        path,
        `${value.length} values, and ${id} verifies ${wanted} measures`,
        `write a list of ${wanted}, in the order of verify.promql`,
      );
}

/** Whether a step changes a system. */
export function changesSystems(step: Step): boolean {
  return classifyCall(requireAction(step.uses), step.with).touches === "systems";
}

/** Whether a step touches neither people nor systems. By default it is expected to run. */
export function touchesNothing(step: Step): boolean {
  return classifyCall(requireAction(step.uses), step.with).touches === "nothing";
}
