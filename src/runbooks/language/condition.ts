import { Environment } from "@marcbachmann/cel-js";
import { findCall, CEL_LIMITS } from "./cel.ts";
import { stepKey } from "./runbook.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";

/** A parameter as a plan has it: a text that matched its pattern, or a row of the inventory by its name. */
export type ResolvedParam = { readonly value: string; readonly row: Readonly<Record<string, string>> | null };
export type ResolvedParams = Readonly<Record<string, ResolvedParam>>;

/** What conditions and templates speak of while a run goes on. */
export type ConditionFacts = {
  readonly params: ResolvedParams;
  readonly labels: AlertLabels;
  /** By step id: what its action answered. A step that did not run is not here. */
  readonly results: Readonly<Record<string, unknown>>;
  /** What a guard's action answered. */
  readonly result?: unknown;
};

/** `noData`: it used something unknown: a step that did not run, a query without data, a label that is absent. */
export type ConditionResult = boolean | { readonly error: string; readonly noData: boolean };

/** What an error begins with when there is no data for a condition. */
const NO_DATA = "no data in ";

const environment = new Environment({ unlistedVariablesAreDyn: true, limits: CEL_LIMITS });
const compiled = new Map<string, ReturnType<Environment["parse"]>>();

/** Whether a condition holds. What cannot be known is an error and never true. */
export function evaluateCondition(condition: string, facts: ConditionFacts): ConditionResult {
  const answer = evaluateExpression(condition, facts);
  if (!answer.ok) return { error: answer.error, noData: answer.noData };
  return typeof answer.value === "boolean"
    ? answer.value
    : { error: `"${condition}" is neither true nor false`, noData: false };
}

/** The value of an expression such as `steps.plan.current`. */
export function evaluateExpression(
  expression: string,
  facts: ConditionFacts,
): { ok: true; value: unknown } | { ok: false; error: string; noData: boolean } {
  try {
    let run = compiled.get(expression);
    if (run === undefined) {
      run = environment.parse(expression);
      if (findCall(run.ast, "matches") !== null)
        return {
          ok: false,
          error: `"${expression}" calls matches(), whose expressions can take for ever`,
          noData: false,
        };
      // Conditions come from files: there are as many as there are lines in them. A limit all the same.
      if (compiled.size < 5_000) compiled.set(expression, run);
    }
    return { ok: true, value: run(templateVariables(facts)) };
  } catch (error) {
    const { code, summary, message } = error as { code?: string; summary?: string; message?: string };
    const noData = code === "no_such_key" || code === "index_out_of_bounds";
    const what = summary ?? message ?? String(error);
    return { ok: false, error: noData ? `${NO_DATA}"${expression}" (${what})` : `"${expression}": ${what}`, noData };
  }
}

/** Whether what is wrong with a condition, or with a text that one stands in, is that there is no data for it. */
export function isNoDataError(error: string): boolean {
  return error.startsWith(NO_DATA);
}

/** `params`, `labels` and `steps` as expressions and templates see them. */
export function templateVariables({ params, labels, results, result }: ConditionFacts): Record<string, unknown> {
  return {
    params: Object.fromEntries(
      Object.entries(params).map(([name, { value, row }]) => [name, row === null ? value : { ...row, name: value }]),
    ),
    labels: { ...labels },
    steps: Object.fromEntries(Object.entries(results).map(([id, found]) => [stepKey(id), known(found)])),
    ...(result === undefined ? {} : { result: known(result) }),
  };
}

/**
 * The value without its unknown parts: null, NaN and infinities are no data, and a comparison with them must not come
 * out false.
 */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(known);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([, each]) => each !== null && each !== undefined && !(typeof each === "number" && !Number.isFinite(each)),
        )
        .map(([key, each]) => [key, known(each)]),
    );
  return value;
}

/** Whether conditions speak of what a step found. */
export function speaksOfStep(conditions: string, id: string): boolean {
  return new RegExp(`\\bsteps\\s*(?:\\.\\s*|\\[\\s*["'])${stepKey(id)}\\b`).test(conditions);
}
