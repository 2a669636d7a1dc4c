import { createHash } from "node:crypto";
import type { TargetInventory } from "#domain/policy/automation-policy.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import {
  classifyCall,
  isTemplateText,
  type RunbookAction,
  type StepEffect,
} from "#runbooks/actions/action-definition.ts";
import { requireAction } from "#runbooks/actions/action-registry.ts";
import { DEFERRED_KEYS, type PlannedArguments } from "./step-arguments.ts";
import type { ResolvedParams } from "./condition.ts";
import { takesTarget, TARGET_FIELDS } from "./lint-step.ts";
import { isStepReference, parseParamUse } from "./param-use.ts";
import { requireParam, refusePlan, resolveParams, UnfillableParamError, type PlanRefusal } from "./runbook-params.ts";
import { parseComparison, type PromqlComparison } from "./promql.ts";
import type {
  StepApproval,
  StepGuard,
  StepArguments,
  RunbookEscalation,
  RunbookLimits,
  RunbookMode,
  Runbook,
  Step,
  UndoOn,
  RunbookVerify,
} from "./runbook.ts";
import { fillText, mapTexts } from "./argument-texts.ts";

/** A reading with a condition over its result. */
export type PlannedReading = { readonly uses: string; readonly with: PlannedArguments; readonly holds: string };

export type PlannedStep = {
  readonly id: string;
  readonly uses: string;
  readonly effect: StepEffect;
  readonly touches: RunbookAction["touches"];
  readonly risk: RunbookAction["risk"];
  readonly with: PlannedArguments;
  /** It runs only if this holds then; null: always. */
  readonly when: string | null;
  readonly guard: PlannedReading | null;
  /** Absent: none, as in plans of earlier versions. */
  readonly probe?: PlannedReading;
  readonly approve: StepApproval | null;
  readonly undo: readonly UndoOn[];
  readonly timeout: number | null;
  readonly line: number;
};

export type PlannedVerify = Omit<RunbookVerify, "promql" | "minTraffic" | "line"> & {
  readonly promql: readonly PromqlComparison[];
  readonly minTraffic: PromqlComparison | null;
};

/** A runbook for one alert, with everything filled in that is known before it runs. */
export type RunbookPlan = {
  readonly ok: true;
  readonly runbook: string;
  readonly title: string;
  readonly sha256: string;
  readonly mode: RunbookMode;
  readonly params: ResolvedParams;
  readonly steps: readonly PlannedStep[];
  readonly verify: PlannedVerify | null;
  readonly limits: RunbookLimits;
  readonly escalate: RunbookEscalation | null;
  /** What an approval is for: other words in the file, another target or another argument is another hash. */
  readonly hash: string;
};

/** What exactly would run for an alert with these labels, or why nothing would. */
export function planRunbook(
  runbook: Runbook,
  labels: AlertLabels,
  inventory: TargetInventory,
): RunbookPlan | PlanRefusal {
  if (runbook.documentation)
    return refusePlan("documentation", `${runbook.id} has no steps: people read it, nothing runs`);
  const resolved = resolveParams(runbook, labels, inventory);
  if (!resolved.ok) return resolved;
  const { params } = resolved;
  try {
    const steps = runbook.steps.map((step) => planStep(step, params));
    const verify = runbook.verify === null ? null : planVerify(runbook.verify, params);
    const limits = { ...runbook.limits, lock: filled("path", runbook.limits.lock, params, "limits.lock") };
    const escalate =
      runbook.escalate === null
        ? null
        : { ...runbook.escalate, to: filled("value", runbook.escalate.to, params, "escalate.to") };
    const hash = createHash("sha256")
      .update(canonical({ sha256: runbook.sha256, params, steps, verify, limits, escalate }))
      .digest("hex");
    return {
      ok: true,
      runbook: runbook.id,
      title: runbook.title,
      sha256: runbook.sha256,
      mode: runbook.mode,
      params,
      steps,
      verify,
      limits,
      escalate,
      hash,
    };
  } catch (error) {
    if (error instanceof UnfillableParamError) return error.refusal;
    throw error;
  }
}

function planStep(step: Step, params: ResolvedParams): PlannedStep {
  const action = requireAction(step.uses);
  return {
    id: step.id,
    uses: step.uses,
    ...classifyCall(action, step.with),
    with: planArguments(action, step.with, params, step.id),
    when: step.when,
    guard: step.guard === null ? null : planReading(step.guard, params, `${step.id}.guard`),
    ...(step.probe === null ? {} : { probe: planReading(step.probe, params, `${step.id}.probe`) }),
    approve:
      step.approve === null
        ? null
        : {
            ...step.approve,
            from: step.approve.from.map((person) => filled("value", person, params, `${step.id}.approve`)),
          },
    undo: step.undo?.on ?? [],
    timeout: step.timeout,
    line: step.line,
  };
}

function planReading(reading: StepGuard, params: ResolvedParams, where: string): PlannedReading {
  return { ...reading, with: planArguments(requireAction(reading.uses), reading.with, params, where) };
}

function planArguments(
  action: RunbookAction,
  args: StepArguments,
  params: ResolvedParams,
  where: string,
): PlannedArguments {
  const whole = takesTarget(action) ? withTarget(args, params) : args;
  const planned = mapTexts(action, whole, ({ path, kind, text }) => {
    if (isTemplateText(kind)) return { [DEFERRED_KEYS.template]: text };
    if (kind === "value" && isStepReference(text)) return { [DEFERRED_KEYS.step]: text };
    return filled(kind, text, params, `${where}: ${path.join(".")}`);
  }) as PlannedArguments;
  const checked = action.input.safeParse(planned);
  const wrong = checked.success ? undefined : checked.error.issues.find(({ path }) => !isDeferredAt(planned, path));
  if (wrong !== undefined)
    throw new UnfillableParamError(
      refusePlan(
        "input-refused",
        `step ${where}: ${wrong.path.join(".")} is not what ${action.name} takes: ${wrong.message}`,
      ),
    );
  return planned;
}

/** `target: $service` stands for the namespace and the deployment of the row, where the step does not name its own. */
function withTarget({ target, ...own }: StepArguments, params: ResolvedParams): StepArguments {
  const use = typeof target === "string" ? parseParamUse(target) : null;
  if (use === null) return own;
  return {
    ...Object.fromEntries(TARGET_FIELDS.map((field) => [field, requireParam(params, { ...use, field })])),
    ...own,
  };
}

function filled(kind: Parameters<typeof fillText>[0], text: string, params: ResolvedParams, where: string): string {
  const value = fillText(kind, text, (use) => requireParam(params, use));
  if (value === null)
    throw new UnfillableParamError(
      refusePlan("argument-refused", `${where}: a parameter would change what ${JSON.stringify(text)} is`),
    );
  return value;
}

function planVerify(verify: RunbookVerify, params: ResolvedParams): PlannedVerify {
  const compare = (query: string, where: string): PromqlComparison => {
    const comparison = parseComparison(filled("promql", query, params, where));
    if (comparison === null) throw new Error(`bug: the linter lets through the verify ${query}`);
    return comparison;
  };
  return {
    promql: verify.promql.map((query) => compare(query, "verify.promql")),
    minTraffic: verify.minTraffic === null ? null : compare(verify.minTraffic, "verify.minTraffic"),
    for: verify.for,
    within: verify.within,
    noData: verify.noData,
    alertResolved: verify.alertResolved,
  };
}

function isDeferredAt(args: PlannedArguments, path: readonly PropertyKey[]): boolean {
  let at: unknown = args;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return false;
    if (DEFERRED_KEYS.step in at || DEFERRED_KEYS.template in at) return true;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return typeof at === "object" && at !== null && (DEFERRED_KEYS.step in at || DEFERRED_KEYS.template in at);
}

/** JSON with sorted keys: one text for one meaning. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
