import type { z } from "zod";
import { indexDefinitions } from "#domain/values/definition-index.ts";
import type { RunbookAction } from "./action-definition.ts";
import * as listed from "./action-list.ts";

type ListedAction = (typeof listed)[keyof typeof listed];

export type ActionName = ListedAction["name"];
/** What an action is given, by its name. */
export type ActionInput<N extends ActionName> = z.output<Extract<ListedAction, { readonly name: N }>["input"]>;

const IN_ORDER: readonly RunbookAction[] = Object.values(listed).toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Everything a step can use, by name. */
export const RUNBOOK_ACTIONS: ReadonlyMap<string, RunbookAction> = indexDefinitions(IN_ORDER, ({ name }) => [name]);

/** The action of a step in a runbook that passed the linter. */
export function requireAction(name: string): RunbookAction {
  const action = RUNBOOK_ACTIONS.get(name);
  if (action === undefined) throw new Error(`bug: a step uses "${name}", which no linter lets through`);
  return action;
}

/** Whether a step, stored with the name of its action, uses this one. */
export function isAction(uses: string, name: ActionName): boolean {
  return uses === name;
}
