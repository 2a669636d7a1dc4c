// What other rooms may use of runbooks.
export { classifyCall, type RunbookAction, type StepEffect } from "#runbooks/actions/action-definition.ts";
export type {
  ActionIncident,
  ActionJob,
  ActionResult,
  ActionRunner,
  StepIntent,
} from "#runbooks/actions/action-job.ts";
export {
  RUNBOOK_ACTIONS,
  isAction,
  requireAction,
  type ActionInput,
  type ActionName,
} from "#runbooks/actions/action-registry.ts";
export { findRunner } from "#runbooks/actions/action-runners.ts";
export { DEFERRED_KEYS, fillArguments, type PlannedArguments } from "#runbooks/language/step-arguments.ts";
export {
  checkRunbookFiles,
  hasRunbook,
  loadCatalog,
  matchRunbooks,
  type RunbookCatalog,
  type CatalogSource,
  type RunbookCheck,
  type RunbookFile,
} from "#runbooks/catalog/runbook-catalog.ts";
export {
  evaluateCondition,
  evaluateExpression,
  isNoDataError,
  speaksOfStep,
  type ConditionFacts,
  type ResolvedParams,
  type ConditionResult,
} from "#runbooks/language/condition.ts";
export { checkRunbook, type CheckedRunbook } from "#runbooks/language/lint-runbook.ts";
export { renderTemplate } from "#runbooks/language/message-template.ts";
export type { PlanRefusal, PlanRefusalReason } from "#runbooks/language/runbook-params.ts";
export {
  planRunbook,
  type PlannedReading,
  type PlannedStep,
  type PlannedVerify,
  type RunbookPlan,
} from "#runbooks/language/runbook-plan.ts";
export { formatProblem, type RunbookProblem } from "#runbooks/language/runbook-problem.ts";
export { actionReference } from "#runbooks/actions/action-reference.ts";
export {
  stepKey,
  type RunbookMode,
  type SectionPart,
  type Runbook,
  type RunbookSection,
  type Step,
} from "#runbooks/language/runbook.ts";
export { SQL_CALLS, type SqlCall } from "#runbooks/actions/sql-calls.ts";
