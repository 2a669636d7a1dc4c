// What other rooms may use of runbooks.
export { standingOf, type Action, type StepEffect } from "./action.ts";
export { ACTIONS, actionCalled } from "./actions.ts";
export { DEFERRED, fillArguments, type PlannedArguments } from "./arguments.ts";
export { loadCatalogue, matching, type Catalogue, type Shelf } from "./catalogue.ts";
export { evaluate, valueOf, type Facts, type ResolvedParams, type Verdict } from "./condition.ts";
export { checkRunbook } from "./lint.ts";
export { renderMessage } from "./message.ts";
export type { Refusal, RefusalReason } from "./params.ts";
export { planOf, type PlannedStep, type PlannedVerify, type RunbookPlan } from "./plan.ts";
export { showProblemOf, type Problem } from "./problem.ts";
export { actionReference } from "./reference.ts";
export { stepKey, type Mode, type Part, type Runbook, type Section, type Step } from "./runbook.ts";
export { SQL_CALLS, type SqlCall } from "./sql-calls.ts";
