import type { RunbookAction } from "./action-definition.ts";
import { DATA_ACTIONS } from "./data-actions.ts";
import { KUBERNETES_ACTIONS } from "./kubernetes-actions.ts";
import { PEOPLE_ACTIONS } from "./people-actions.ts";

/** Everything a step can use, by name. */
export const RUNBOOK_ACTIONS: ReadonlyMap<string, RunbookAction> = new Map(
  [...DATA_ACTIONS, ...KUBERNETES_ACTIONS, ...PEOPLE_ACTIONS].map((action) => [action.name, action]),
);

/** The action of a step in a runbook that passed the linter. */
export function requireAction(name: string): RunbookAction {
  const action = RUNBOOK_ACTIONS.get(name);
  if (action === undefined) throw new Error(`bug: a step uses "${name}", which no linter lets through`);
  return action;
}
