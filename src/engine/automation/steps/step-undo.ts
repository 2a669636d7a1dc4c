import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import type { NextMove } from "#domain/automation/run-next.ts";
import { undoLineIndex, type JournalLine } from "#domain/automation/run.ts";
import { findRunner } from "#runbooks/index.ts";
import { executeStep } from "./step-execution.ts";
import type { ContinuesRun, ClaimedRun } from "#engine/automation/claimed-run.ts";
import { stepLeaseMs } from "./step-lease.ts";
import { forcedKillSwitch } from "#engine/automation/kill-switch.ts";
import { publishRunEvents } from "#engine/automation/run-publication.ts";

/** Undoes a step, also while people have switched automation off. Its stored key and intent make a repetition harmless. */
export async function undoStep(
  claimed: ClaimedRun,
  { index, of, line }: Extract<NextMove, { do: "undo" }>,
): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const step = run.plan.steps[index]!;
  const now = engine.clock();
  const leaseUntil = now + stepLeaseMs(claimed, step);
  const begun: JournalLine = {
    ...of,
    idx: undoLineIndex(index),
    attempt: (line?.attempt ?? 0) + 1,
    state: "started",
    idemKey: `${of.idemKey}/undo`,
    epoch: run.epoch,
    handle: null,
    outcome: null,
    before: null,
    after: null,
    startedAt: now,
    finishedAt: null,
  };
  const targetFacts = await engine.connection.db.transaction(async (tx): Promise<boolean | null> => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return null;
    // Only the process's own switch counts: a run that is stopped in the middle leaves the system as it found it, and the
    // switch that people reach for in a panic must not be what keeps a service at no replicas.
    const off = forcedKillSwitch(engine);
    const reason =
      off !== null
        ? `automation is off, says ${off.by}`
        : findRunner(step.uses).undo === null
          ? "it cannot be undone"
          : null;
    if (reason !== null)
      await addJournalLine(tx, {
        ...begun,
        state: "failed",
        outcome: { says: reason },
        finishedAt: now,
        writes: false,
      });
    else {
      await addJournalLine(tx, { ...begun, writes: true });
      await updateRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    }
    await publishRunEvents(engine, tx, run, []);
    return reason === null;
  });
  if (targetFacts === null) return false;
  return targetFacts ? executeStep(claimed, begun, leaseUntil, (runner, job) => runner.undo!(begun.intent, job)) : true;
}
