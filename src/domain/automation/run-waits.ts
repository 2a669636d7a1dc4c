import { DEADLINE_RECHECK_MS } from "./overdue-run.ts";
import type { Run } from "./run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "./step-timeout.ts";

/**
 * The longest that what a run waits for may lie ahead, in ms; null: it waits for nothing, or for people until a time
 * that they were given.
 */
export type RunWaits = { readonly escalate: number | null; readonly lease: number; readonly next: number | null };

/**
 * What lies further ahead was set before the clock was set back. `leaseMs`: how long a worker may have a run. A step may take
 * its own time besides, and no retry waits for longer than that; a run that is looked at early waits again.
 */
export function longestRunWaits({ plan, state }: Pick<Run, "plan" | "state">, leaseMs: number): RunWaits {
  const step = Math.max(DEFAULT_STEP_TIMEOUT_MS, ...plan.steps.map(({ timeout }) => timeout ?? 0));
  return {
    escalate: plan.escalate === null ? null : Math.max(plan.escalate.after, DEADLINE_RECHECK_MS),
    lease: leaseMs + step,
    next: state === "waiting-approval" ? null : leaseMs + step,
  };
}
