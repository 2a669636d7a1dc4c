import { RE2JS } from "re2js";
import { compileMatcher } from "#domain/matcher.ts";
import { standingOf } from "./action.ts";
import { ACTIONS } from "./actions.ts";
import { noStep } from "./cel.ts";
import { HOSTILE } from "./hostile.ts";
import { lintStep, undeclared } from "./lint-step.ts";
import { parseRunbook, type Parsed } from "./parse.ts";
import { inOrder, type Problem } from "./problem.ts";
import { checkPromql, comparisonOf } from "./promql.ts";
import { stepKey, type Runbook, type Verify } from "./runbook.ts";
import { reportOn, type Report } from "./report.ts";
import { paramsIn } from "./texts.ts";
import type { Path } from "./yaml-source.ts";

export type Checked = { readonly runbook: Runbook | null; readonly problems: readonly Problem[] };

/**
 * Reads and lints one file. A file with problems never runs: what can be read of it is kept as documentation, because a person
 * at night is helped by a page with a typo in its query.
 */
export async function checkRunbook(text: string, file: string): Promise<Checked> {
  const parsed = parseRunbook(text, file);
  const problems = inOrder([...parsed.problems, ...(await lint(parsed, file))]);
  if (problems.length === 0 || parsed.runbook === null) return { runbook: parsed.runbook, problems };
  return { runbook: asDocumentation(parsed.runbook), problems };
}

/** A runbook as a page to read, with nothing in it that runs. */
export function asDocumentation(runbook: Runbook): Runbook {
  return { ...runbook, mode: "off", steps: [], verify: null, documentation: true };
}

/** What is wrong with a runbook that can be parsed: all that needs more than its grammar. */
async function lint({ runbook, front, steps, verify, verifies, lost }: Parsed, file: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  if (runbook === null || front === null) return [];
  lintFront(runbook, reportOn(front, file, problems));
  const seen = new Map<string, number>();
  for (const [i, step] of runbook.steps.entries()) {
    const report = reportOn(steps[i]!, file, problems);
    const earlier = seen.get(stepKey(step.id));
    if (earlier !== undefined) report.at(["id"], `a second step "${step.id}"; the first is on line ${earlier}`, "give it another id");
    seen.set(stepKey(step.id), step.line);
    await lintStep(runbook, i, report);
  }
  const writes = runbook.steps.findIndex(({ uses, with: args }) => {
    const action = ACTIONS.get(uses);
    return action !== undefined && standingOf(action, args).touches === "systems";
  });
  if (writes >= 0 && !verifies)
    reportOn(steps[writes]!, file, problems).at(
      ["uses"],
      "it changes something, and the runbook has no verify",
      "add a fence ```yaml verify with promql, for, within",
    );
  if (runbook.verify !== null && verify !== null) lintVerify(runbook, runbook.verify, reportOn(verify, file, problems));
  const echoes = lost.map((id) => noStep(stepKey(id)));
  return problems.filter(({ message }) => !echoes.includes(message));
}

function lintFront(runbook: Runbook, report: Report): void {
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
      report.at(path, `"${name}" takes whatever an alert says`, "add inventory: <kind>, or pattern: '^[a-z0-9-]{1,63}$'");
    if (pattern !== null && inventory !== null)
      report.at(path, `"${name}" has a pattern and an inventory`, "leave one; a row of the inventory is the stricter");
    if (pattern !== null) lintPattern(pattern, [...path, "pattern"], report);
  }
  const { lock } = runbook.limits;
  const { flaws, uses } = paramsIn("path", lock);
  report.flaws(["limits", "lock"], flaws);
  for (const { use, offset } of uses) undeclared(runbook, use, (message, fix) => report.at(["limits", "lock"], message, fix, offset));
  if (runbook.escalate !== null)
    for (const { use } of paramsIn("value", runbook.escalate.to).uses) undeclared(runbook, use, (message, fix) => report.at(["escalate", "to"], message, fix));
}

function lintPattern(pattern: string, path: Path, report: Report): void {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    report.at(path, `the pattern is not RE2: ${error instanceof Error ? error.message : String(error)}`, "write it without look-around and back-references");
    return;
  }
  const through = HOSTILE.find((value) => compiled.matches(value));
  if (through !== undefined)
    report.at(path, `the pattern lets ${JSON.stringify(through)} through`, "name the characters that are possible, such as '^[a-z0-9-]{1,63}$'");
}

function lintVerify(runbook: Runbook, { promql, minTraffic }: Verify, report: Report): void {
  const queries: (readonly [Path, string])[] = promql.map((query, i) => [["promql", i], query]);
  for (const [path, query] of minTraffic === null ? queries : [...queries, [["minTraffic"], minTraffic] as const]) {
    const { flaws, uses } = checkPromql(query);
    report.flaws(path, flaws);
    for (const { use, offset } of uses) undeclared(runbook, use, (message, fix) => report.at(path, message, fix, offset));
    if (flaws.length === 0 && comparisonOf(query) === null)
      report.at(path, "it says not when it is good", "write it as expression < number; brackets around the expression when it has operators of its own");
  }
}
