import type { TargetInventory } from "#domain/policy/automation-policy.ts";
import { labelValue, type AlertLabels } from "#domain/values/alert-labels.ts";
import { takesValue } from "./compiled-runbook.ts";
import type { ResolvedParam, ResolvedParams } from "./condition.ts";
import { formatParamUse, type ParamUse } from "./param-use.ts";
import type { Runbook } from "./runbook.ts";

/** Why there is no plan: a name to act on, and a sentence for people. */
export type PlanRefusal = { readonly ok: false; readonly refusal: PlanRefusalReason; readonly message: string };
export type PlanRefusalReason =
  | "documentation"
  | "label-missing"
  | "label-too-long"
  | "label-refused"
  | "no-inventory"
  | "not-in-inventory"
  | "no-field"
  | "argument-refused"
  | "input-refused";

/** Names in systems are shorter; a longer label was not made by one. */
const MAX_LENGTH = 500;

/** All parameters of a runbook, or why there are none: never some of them. */
export function resolveParams(
  runbook: Runbook,
  labels: AlertLabels,
  inventory: TargetInventory,
): { readonly ok: true; readonly params: ResolvedParams } | PlanRefusal {
  const params: Record<string, ResolvedParam> = {};
  for (const [name, param] of Object.entries(runbook.params)) {
    const { from, pattern, inventory: kind } = param;
    const value = labelValue(labels, from);
    const shownValue = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    if (value === "") return refusePlan("label-missing", `the alert has no label "${from}", which gives $${name}`);
    if (value.length > MAX_LENGTH)
      return refusePlan(
        "label-too-long",
        `the label "${from}" has ${value.length} characters; $${name} takes ${MAX_LENGTH} at most`,
      );
    if (!takesValue(param, value))
      return refusePlan(
        "label-refused",
        `the label "${from}" is ${shownValue}, which $${name} does not take: its pattern is ${pattern}`,
      );
    if (kind === null) {
      params[name] = { value, row: null };
      continue;
    }
    const rows = Object.hasOwn(inventory, kind) ? inventory[kind]! : null;
    if (rows === null)
      return refusePlan(
        "no-inventory",
        `the policy has no inventory of ${kind}, which gives $${name}; add inventory.${kind} to muster.yaml`,
      );
    const row = Object.hasOwn(rows, value) ? rows[value]! : null;
    if (row === null)
      return refusePlan(
        "not-in-inventory",
        `${shownValue}, from the label "${from}", is no row of inventory.${kind}; add it to muster.yaml if it is yours`,
      );
    params[name] = { value, row };
  }
  return { ok: true, params };
}

export function refusePlan(refusal: PlanRefusalReason, message: string): PlanRefusal {
  return { ok: false, refusal, message };
}

/** What a use of a parameter stands for; null when the row has no such field. */
export function fillParam(params: ResolvedParams, { param, field }: ParamUse): string | null {
  const resolved = Object.hasOwn(params, param) ? params[param]! : null;
  if (resolved === null) return null;
  if (field === null || field === "name") return resolved.value;
  return resolved.row !== null && Object.hasOwn(resolved.row, field) ? resolved.row[field]! : null;
}

/** Thrown while texts are filled in, caught where the plan is made: a refusal from deep inside a value. */
export class UnfillableParamError extends Error {
  readonly refusal: PlanRefusal;
  constructor(refusal: PlanRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What a use stands for. @throws Unfillable when the row has no such field */
export function requireParam(params: ResolvedParams, use: ParamUse): string {
  const value = fillParam(params, use);
  if (value === null)
    throw new UnfillableParamError(
      refusePlan(
        "no-field",
        `${formatParamUse(use)}: the inventory's row ${JSON.stringify(params[use.param]?.value ?? "")} has no field "${use.field ?? ""}"; add it in muster.yaml`,
      ),
    );
  return value;
}
