import { readRunLimits } from "#db/run-limits.ts";
import { updateJournalLine, updateRun, lockRun } from "#db/runs.ts";
import type { JournalLine, RunStep } from "#domain/automation/run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "#domain/automation/step-timeout.ts";
import type { ClaimedRun } from "#engine/automation/claimed-run.ts";
import { findRunner } from "#runbooks/index.ts";
import { forcedKillSwitch } from "#engine/automation/kill-switch.ts";

/** How long a worker may have a run for this step: a program is waited for, everything else is looked at again. */
export function stepLeaseMs(
  { leaseMs }: Pick<ClaimedRun, "leaseMs">,
  { uses, timeout }: Pick<RunStep, "uses" | "timeout">,
): number {
  return leaseMs + (findRunner(uses).underway === "in a process" ? (timeout ?? DEFAULT_STEP_TIMEOUT_MS) : 0);
}

/** Takes over a line that someone else began, for a worker who may do the same again. */
export async function takeOverStep(
  { engine, run }: ClaimedRun,
  line: JournalLine,
  leaseUntil: number,
): Promise<"taken" | "off" | "lost"> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return "lost";
    const { off } = await readRunLimits(
      tx,
      { ...run, service: run.labels["service"] ?? null },
      { now, maxRuns: now, budget: now, domain: now },
      true,
    );
    if (off !== null || forcedKillSwitch(engine) !== null || !engine.policy().automation.enabled) return "off";
    await updateJournalLine(tx, line, run.epoch, { epoch: run.epoch });
    await updateRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    return "taken";
  });
}
