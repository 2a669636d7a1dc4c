import { limitsOf } from "#db/run-limits.ts";
import { changeLine, changeRun, lockRun } from "#db/runs.ts";
import { STEP_MS, type Journalled, type RunStep } from "#domain/run.ts";
import type { Held } from "./held.ts";
import { forcedOff } from "./off.ts";

/** How long a worker may have a run for this step: a program is waited for, everything else is looked at again. */
export function leaseOf({ leaseMs }: Pick<Held, "leaseMs">, { uses, timeout }: Pick<RunStep, "uses" | "timeout">): number {
  return leaseMs + (uses === "exec" ? (timeout ?? STEP_MS) : 0);
}

/** Takes over a line that somebody else began, for a worker who may do the same again. */
export async function takeOver({ engine, run }: Held, line: Journalled, leaseUntil: number): Promise<"taken" | "off" | "lost"> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return "lost";
    const { off } = await limitsOf(tx, { ...run, service: run.labels["service"] ?? null }, { now, maxRuns: now, budget: now, domain: now }, true);
    if (off !== null || forcedOff(engine) !== null || !engine.policy().automation.enabled) return "off";
    await changeLine(tx, line, run.epoch, { epoch: run.epoch });
    await changeRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    return "taken";
  });
}
