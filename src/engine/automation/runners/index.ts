import { DATA_RUNNERS } from "./data-runners.ts";
import { KUBERNETES_RUNNERS } from "./kubernetes-runners.ts";
import { PEOPLE_RUNNERS } from "./people-runners.ts";
import type { ActionRunner } from "./action-runner.ts";

/** Who does each action of src/runbooks/actions/action-registry.ts; `approve` is done by people. A test compares the two. */
export const ACTION_RUNNERS: ReadonlyMap<string, ActionRunner> = new Map(Object.entries({ ...DATA_RUNNERS, ...KUBERNETES_RUNNERS, ...PEOPLE_RUNNERS }));

export function findRunner(name: string): ActionRunner {
  const runner = ACTION_RUNNERS.get(name);
  if (runner === undefined) throw new Error(`bug: nobody does ${name}`);
  return runner;
}
