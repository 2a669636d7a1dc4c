import type { Action } from "./action.ts";
import { DATA } from "./actions-data.ts";
import { KUBERNETES } from "./actions-kubernetes.ts";
import { PEOPLE } from "./actions-people.ts";

/** Everything a step can use, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([...DATA, ...KUBERNETES, ...PEOPLE].map((action) => [action.name, action]));

/** The action of a step in a runbook that passed the linter. */
export function actionCalled(name: string): Action {
  const action = ACTIONS.get(name);
  if (action === undefined) throw new Error(`bug: a step uses "${name}", which no linter lets through`);
  return action;
}
