import { RE2JS } from "re2js";
import { compileMatcher } from "#domain/values/matcher.ts";
import { classifyCall } from "#runbooks/actions/action-definition.ts";
import { RUNBOOK_ACTIONS } from "#runbooks/actions/action-registry.ts";
import { unknownStepMessage } from "./cel.ts";
import { lintStep, reportUndeclaredParam } from "./lint-step.ts";
import { parseRunbook, type ParsedRunbook } from "./parse-runbook.ts";
import { sortProblems, type RunbookProblem } from "./runbook-problem.ts";
import { checkPromql, parseComparison, readsSeries } from "./promql.ts";
import { stepKey, type Runbook, type RunbookVerify } from "./runbook.ts";
import { createLintReport, type LintReport } from "./lint-report.ts";
import { findParams } from "./argument-texts.ts";
import type { YamlPath } from "./yaml-source.ts";

/** What a label may contain when someone means harm. A pattern that lets one of them through is no pattern. */
const HOSTILE_VALUES: readonly string[] = [
  'x"} or vector(1) #',
  "$(rm -rf /)",
  "`id`",
  "'; DROP TABLE orders; --",
  "a b",
  "a\nb",
  "{{ params }}",
  "{% include 'x' %}",
  "../../etc/passwd",
  "a/b?c=d#e",
  "<!channel>",
  "a|b&c",
  "",
];

export type CheckedRunbook = { readonly runbook: Runbook | null; readonly problems: readonly RunbookProblem[] };

/**
 * Reads and lints one file. A file with problems never runs: what can be read of it is kept as documentation, because a person
 * at night is helped by a page with a typo in its query. `functions`: of SQL, which the policy lets in beside those known to
 * only read.
 */
export async function checkRunbook(
  text: string,
  file: string,
  functions: readonly string[] = [],
): Promise<CheckedRunbook> {
  const parsed = parseRunbook(text, file);
  const problems = sortProblems([...parsed.problems, ...(await lint(parsed, file, functions))]);
  if (problems.length === 0 || parsed.runbook === null) return { runbook: parsed.runbook, problems };
  return { runbook: toDocumentation(parsed.runbook), problems };
}

/** A runbook as a page to read, with nothing in it that runs. */
export function toDocumentation(runbook: Runbook): Runbook {
  return { ...runbook, mode: "off", steps: [], verify: null, documentation: true };
}

/** What is wrong with a runbook that can be parsed: all that needs more than its grammar. */
async function lint(
  { runbook, front: frontMatter, steps, verify, verifies, lost }: ParsedRunbook,
  file: string,
  functions: readonly string[],
): Promise<readonly RunbookProblem[]> {
  const problems: RunbookProblem[] = [];
  if (runbook === null || frontMatter === null) return [];
  lintFront(runbook, createLintReport(frontMatter, file, problems));
  const seen = new Map<string, number>();
  for (const [i, step] of runbook.steps.entries()) {
    const report = createLintReport(steps[i]!, file, problems);
    const earlier = seen.get(stepKey(step.id));
    if (earlier !== undefined)
      report.at(["id"], `a second step "${step.id}"; the first is on line ${earlier}`, "give it another id");
    seen.set(stepKey(step.id), step.line);
    await lintStep(runbook, i, report, functions);
  }
  const writes = runbook.steps.findIndex(({ uses, with: args }) => {
    const action = RUNBOOK_ACTIONS.get(uses);
    return action !== undefined && classifyCall(action, args).touches === "systems";
  });
  if (writes >= 0 && !verifies)
    createLintReport(steps[writes]!, file, problems).at(
      ["uses"],
      "it changes something, and the runbook has no verify",
      "add a fence ```yaml verify with promql, for, within",
    );
  if (runbook.verify !== null && verify !== null)
    lintVerify(runbook, runbook.verify, createLintReport(verify, file, problems));
  const echoes = lost.map((id) => unknownStepMessage(stepKey(id)));
  return problems.filter(({ message }) => !echoes.includes(message));
}

function lintFront(runbook: Runbook, report: LintReport): void {
  for (const [i, text] of runbook.match.entries())
    try {
      compileMatcher(text);
    } catch (error) {
      const [message, fix] = (error instanceof Error ? error.message : String(error)).split("; ");
      report.at(["match", i], message ?? "", fix ?? "write the expression without look-around and back-references");
    }
  for (const [name, { pattern, inventory }] of Object.entries(runbook.params)) {
    const path = ["params", name];
    if (pattern === null && inventory === null)
      report.at(
        path,
        `"${name}" takes whatever an alert says`,
        "add inventory: <kind>, or pattern: '^[a-z0-9-]{1,63}$'",
      );
    if (pattern !== null && inventory !== null)
      report.at(path, `"${name}" has a pattern and an inventory`, "leave one; a row of the inventory is the stricter");
    if (pattern !== null) lintPattern(pattern, [...path, "pattern"], report);
  }
  const { lock } = runbook.limits;
  const { flaws, uses } = findParams("path", lock);
  report.flaws(["limits", "lock"], flaws);
  for (const { use, offset } of uses)
    reportUndeclaredParam(runbook, use, (message, fix) => report.at(["limits", "lock"], message, fix, offset));
  if (runbook.escalate !== null)
    for (const { use } of findParams("value", runbook.escalate.to).uses)
      reportUndeclaredParam(runbook, use, (message, fix) => report.at(["escalate", "to"], message, fix));
}

function lintPattern(pattern: string, path: YamlPath, report: LintReport): void {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    report.at(
      path,
      `the pattern is not RE2: ${error instanceof Error ? error.message : String(error)}`,
      "write it without look-around and back-references",
    );
    return;
  }
  const through = HOSTILE_VALUES.find((value) => compiled.matches(value));
  if (through !== undefined)
    report.at(
      path,
      `the pattern lets ${JSON.stringify(through)} through`,
      "name the characters that are possible, such as '^[a-z0-9-]{1,63}$'",
    );
}

function lintVerify(runbook: Runbook, { promql, minTraffic }: RunbookVerify, report: LintReport): void {
  const queries: (readonly [YamlPath, string])[] = promql.map((query, i) => [["promql", i], query]);
  for (const [path, query] of minTraffic === null ? queries : [...queries, [["minTraffic"], minTraffic] as const]) {
    const { flaws, uses } = checkPromql(query);
    report.flaws(path, flaws);
    for (const { use, offset } of uses)
      reportUndeclaredParam(runbook, use, (message, fix) => report.at(path, message, fix, offset));
    if (flaws.length === 0 && !readsSeries(query))
      report.at(path, "it looks at no series, so it proves nothing", "compare something that is measured");
    else if (flaws.length === 0 && parseComparison(query) === null)
      report.at(
        path,
        "it says not when it is good",
        "write it as expression OPERATOR number, the number on the right, with <, <=, >, >=, == or !=; brackets around the expression when it has operators of its own",
      );
  }
}
