import { DATA } from "./data.ts";
import { KUBERNETES } from "./kubernetes.ts";
import { PEOPLE } from "./people.ts";
import type { Runner } from "./runner.ts";

/** Who does each action of src/runbooks/actions.ts; `approve` is done by people. A test compares the two. */
export const RUNNERS: ReadonlyMap<string, Runner> = new Map(Object.entries({ ...DATA, ...KUBERNETES, ...PEOPLE }));

export function runnerOf(name: string): Runner {
  const runner = RUNNERS.get(name);
  if (runner === undefined) throw new Error(`bug: nobody does ${name}`);
  return runner;
}
