import { z } from "zod";
import { classifyCall, isTemplateText, type RunbookAction } from "#runbooks/actions/action-definition.ts";
import { RUNBOOK_ACTIONS } from "#runbooks/actions/action-registry.ts";
import { checkCel, type ConditionScope } from "./cel.ts";
import { checkMessage } from "./message-template.ts";
import { isStepReference, PARAM_ANYWHERE, formatParamUse, type ParamUse } from "./param-use.ts";
import { suggestFix } from "./runbook-problem.ts";
import type { LintReport } from "./lint-report.ts";
import type { StepArguments, Runbook, Step } from "./runbook.ts";
import { checkSql } from "./sql.ts";
import { findParams, listTexts } from "./argument-texts.ts";
import type { YamlPath } from "./yaml-source.ts";

/** Everything wrong with one step: its action, arguments, conditions, approval. `functions`: of SQL, which the policy lets in. */
export async function lintStep(
  runbook: Runbook,
  index: number,
  report: LintReport,
  functions: readonly string[],
): Promise<void> {
  const step = runbook.steps[index]!;
  const scope: ConditionScope = {
    params: runbook.params,
    before: runbook.steps.slice(0, index),
    all: runbook.steps,
    result: null,
    functions,
  };
  const conditions: readonly (readonly [YamlPath, string | null, ConditionScope])[] = [
    [["when"], step.when, scope],
    [["approve", "unless"], step.approve?.unless ?? null, scope],
    [["guard", "holds"], step.guard?.holds ?? null, { ...scope, result: step.guard?.uses ?? null }],
    [["probe", "holds"], step.probe?.holds ?? null, { ...scope, result: step.probe?.uses ?? null }],
  ];
  for (const [path, text, within] of conditions) if (text !== null) report.flaws(path, checkCel(text, within));
  for (const [i, person] of (step.approve?.from ?? []).entries())
    for (const { use } of findParams("value", person).uses)
      reportUndeclaredParam(runbook, use, (message, fix) => report.at(["approve", "from", i], message, fix));
  await lintReading("guard", step.guard, scope, report);
  await lintReading("probe", step.probe, scope, report);
  const action = RUNBOOK_ACTIONS.get(step.uses);
  if (action === undefined) {
    report.at(
      ["uses"],
      `there is no action "${step.uses}"`,
      suggestFix(step.uses, [...RUNBOOK_ACTIONS.keys()], "actions"),
    );
    return;
  }
  await lintArguments(action, step.with, ["with"], scope, report);
  if (step.undo !== null && !action.undoable) report.atKey(["undo"], `${action.name} cannot be undone`, "remove undo");
  if (step.probe !== null && classifyCall(action, step.with).effect !== "once")
    report.atKey(["probe"], `${action.name} can be done again without harm, so nothing is asked of it`, "remove probe");
  lintApproval(runbook, step, action, report);
}

/** A guard and a probe only read. */
async function lintReading(
  name: "guard" | "probe",
  reading: Step["guard"],
  scope: ConditionScope,
  report: LintReport,
): Promise<void> {
  if (reading === null) return;
  const action = RUNBOOK_ACTIONS.get(reading.uses);
  if (action === undefined)
    report.at(
      [name, "uses"],
      `there is no action "${reading.uses}"`,
      suggestFix(reading.uses, [...RUNBOOK_ACTIONS.keys()], "actions"),
    );
  else if (classifyCall(action, reading.with).effect !== "read")
    report.at([name, "uses"], `${action.name} changes something`, `a ${name} only reads`);
  else await lintArguments(action, reading.with, [name, "with"], scope, report);
}

/** Who approves a step, as far as what it does and the mode of its runbook ask for it. */
function lintApproval(runbook: Runbook, step: Step, action: RunbookAction, report: LintReport): void {
  const { touches, risk } = classifyCall(action, step.with);
  if (touches !== "systems") {
    if (step.approve !== null)
      report.atKey(
        ["approve"],
        `${action.name} changes nothing that needs approval`,
        "remove approve; to ask people in between, use the action approve",
      );
    return;
  }
  if (runbook.mode === "diagnose")
    report.at(["uses"], `${action.name} changes something, and a diagnosis changes nothing`, "write mode: suggest");
  if (step.approve === null && (runbook.mode !== "auto" || risk === "high"))
    report.at(
      ["uses"],
      `${action.name} changes something, and nobody approves it`,
      `add approve: { from: ['@a-user-group'], count: ${risk === "high" ? 2 : 1} }${risk === "high" ? "" : ", or mode: auto"}`,
    );
  if (step.approve !== null && risk === "high" && step.approve.count < 2)
    report.at(["approve"], `${action.name} is of high risk and one person approves it`, "write count: 2");
  if (step.approve?.unless != null && (runbook.mode !== "auto" || risk === "high"))
    report.at(
      ["approve", "unless"],
      risk === "high"
        ? `${action.name} is of high risk and always needs approval`
        : "unless has a meaning in mode auto only",
      "remove unless",
    );
}

/** The arguments of one call: the texts by their kinds, references, and what the action requires. */
async function lintArguments(
  action: RunbookAction,
  args: StepArguments,
  at: YamlPath,
  scope: ConditionScope,
  report: LintReport,
): Promise<void> {
  const target = args["target"];
  if (takesTarget(action) && target !== undefined)
    if (typeof target !== "string" || !/^\$[a-z]\w*$/.test(target))
      report.at([...at, "target"], "a target is a parameter from the inventory", "write it like $service");
    else if ((scope.params[target.slice(1)]?.pattern ?? null) !== null)
      report.at([...at, "target"], `${target} is no row of the inventory`, "give it inventory: instead of pattern:");

  const deferred = new Set<string>();
  for (const { path, kind, text } of listTexts(action, args)) {
    const whole = [...at, ...path];
    const { flaws, uses } = findParams(kind, text);
    report.flaws(whole, flaws);
    for (const { use, offset } of uses)
      reportUndeclaredParam({ params: scope.params }, use, (message, fix) => report.at(whole, message, fix, offset));
    // An address is one with its parameters as without.
    if ((uses.length > 0 && kind !== "url") || flaws.length > 0) deferred.add(path.join("\0"));
    if (kind === "value" && isStepReference(text)) {
      report.flaws(whole, checkCel(text, scope, false));
      deferred.add(path.join("\0"));
    }
    const decides = action.fixed?.includes(String(path[0])) === true && (path.length === 1 || path[1] === 0);
    if (decides && (uses.length > 0 || (kind === "value" && isStepReference(text))))
      report.at(whole, `${path.join(".")} decides what is done, not to what`, "write it out");
    if (isTemplateText(kind)) {
      for (const found of text.matchAll(PARAM_ANYWHERE))
        if (Object.hasOwn(scope.params, found[0].slice(1).split(".")[0]!))
          report.at(
            whole,
            `${found[0]} is no part of a message`,
            `write {{ params.${found[0].slice(1)} }}`,
            found.index,
          );
      report.flaws(whole, checkMessage(text, scope));
    }
    if (kind === "sql")
      report.flaws(whole, await checkSql(text, Array.isArray(args["args"]) ? args["args"].length : 0, scope.functions));
  }
  shape(action, args, at, deferred, report);
}

/**
 * The check by the action's own schema. What is filled in later is checked later; a target stands for fields of its
 * row.
 */
function shape(
  action: RunbookAction,
  args: StepArguments,
  at: YamlPath,
  deferred: ReadonlySet<string>,
  report: LintReport,
): void {
  const takes = takesTarget(action);
  const { target, ...own } = args;
  const parsed = action.input.safeParse(takes ? own : args);
  if (parsed.success) return;
  const unassigned =
    takes &&
    target === undefined &&
    (Object.keys(own).length === 0 ||
      !TARGET_FIELDS.some(
        (field) => Object.hasOwn(own, field) || action.input.shape[field]?.safeParse(undefined).success,
      ));
  if (unassigned)
    report.at(
      at,
      `${action.name} needs a target`,
      "add target: $service, a row of the inventory, or namespace: and deployment:",
    );
  const supplied = takes && (target !== undefined || unassigned) ? TARGET_FIELDS : [];
  const issues = parsed.error.issues.filter(({ path }) => {
    if (path.length === 1 && supplied.includes(String(path[0])) && !Object.hasOwn(own, path[0]!)) return false;
    return !path.some((_, i) =>
      deferred.has(
        path
          .slice(0, i + 1)
          .map(String)
          .join("\0"),
      ),
    );
  });
  report.issues(at, issues, takes ? action.input.extend({ target: z.string().optional() }) : action.input);
}

/** The fields of an inventory row that a target stands for. */
export const TARGET_FIELDS: readonly string[] = ["namespace", "deployment"];

export function takesTarget(action: RunbookAction): boolean {
  return TARGET_FIELDS.every((field) => Object.hasOwn(action.input.shape, field));
}

/** A parameter that there is none of, or a field of one that is no row. */
export function reportUndeclaredParam(
  { params }: Pick<Runbook, "params">,
  use: ParamUse,
  reportProblem: (message: string, fix: string) => void,
): void {
  const param = Object.hasOwn(params, use.param) ? params[use.param] : undefined;
  if (param === undefined)
    reportProblem(
      `there is no parameter ${formatParamUse({ ...use, field: null })}`,
      suggestFix(use.param, Object.keys(params), "parameters"),
    );
  else if (use.field !== null && param.inventory === null)
    reportProblem(
      `${formatParamUse({ ...use, field: null })} is a text and has no fields`,
      `write ${formatParamUse({ ...use, field: null })}, or take it from the inventory`,
    );
}
