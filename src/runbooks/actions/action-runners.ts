import type { ActionFake } from "./action-fake.ts";
import type { ActionRunner } from "./action-job.ts";
import * as listed from "./action-list.ts";
import type { DefinedAction } from "./define-action.ts";

// How actions are performed and faked. Apart from their registry, for the grammar of runbooks must be able to do nothing.

const ACTIONS: ReadonlyMap<string, DefinedAction> = new Map(
  Object.values(listed).map((action) => [action.name, action]),
);

/** How the action of a step is performed. */
export function findRunner(name: string): ActionRunner {
  const runner = ACTIONS.get(name)?.runner ?? null;
  if (runner === null) throw new Error(`bug: nobody does ${name}`);
  return runner;
}

/** Who answers an action in a test; null: it needs no answer, as a message does. */
export function findFake(name: string): ActionFake | null {
  return ACTIONS.get(name)?.fake ?? null;
}

/** The actions that have a fake, and the fakes. */
export function listFakes(): readonly (readonly [string, ActionFake])[] {
  return [...ACTIONS.values()].flatMap(({ name, fake }) => (fake === null ? [] : [[name, fake] as const]));
}
