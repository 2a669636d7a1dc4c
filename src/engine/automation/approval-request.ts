import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import { isApproved } from "#domain/automation/run-gate.ts";
import { stepKeyOf, type ApprovalRequest, type RunEnding, type Run } from "#domain/automation/run.ts";
import type { ContinuesRun, ClaimedRun } from "./claimed-run.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

/** What people are to be asked. */
export type ApprovalTerms = {
  readonly hash: string;
  readonly from: readonly string[];
  readonly count: number;
  readonly expires: number;
  readonly why: string;
  readonly does: Readonly<Record<string, unknown>>;
};

/** How a run ends that was not approved in time. */
export function approvalTimeout({ by, count }: ApprovalRequest, step: string): RunEnding {
  const reason =
    by.length >= count
      ? `the approval of ${step} ran out before it could be done`
      : by.length === 0
        ? `nobody approved ${step} in time`
        : `${step} was not approved by enough people in time`;
  return { state: "canceled", reason, by: null };
}

/** Whether people are or were asked about this step. */
export function isApprovalRequested({ asked }: Run, index: number): boolean {
  return asked?.step === index;
}

/**
 * Asks people to let a step happen, and puts the run down until they answer or the time is over. What they are asked is
 * bound to what would be done: when that changes, they are asked anew.
 */
export async function requestApproval(
  { engine, run }: ClaimedRun,
  index: number,
  wanted: ApprovalTerms,
): Promise<ContinuesRun> {
  const now = engine.clock();
  const step = run.plan.steps[index]!;
  const goesOn = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    const { asked } = locked;
    if (asked?.step === index && asked.hash === wanted.hash) {
      if (isApproved(asked, index, wanted.hash, now)) {
        // Only the pause between two steps comes here approved: a step that changes something starts then.
        const nothing = { intent: {}, handle: null, before: null, after: null };
        const outcome = { output: { by: asked.by.map(({ name }) => name) } };
        await addJournalLine(tx, {
          ...{
            run: run.number,
            idx: index,
            attempt: 1,
            state: "finished",
            idemKey: stepKeyOf(run, index),
            epoch: run.epoch,
          },
          ...nothing,
          outcome,
          startedAt: now,
          finishedAt: now,
          writes: false,
        });
        await updateRun(tx, run.number, { state: "running" });
        return true;
      }
      if (now >= asked.until) {
        await updateRun(tx, run.number, { ending: approvalTimeout(asked, step.id) });
        return true;
      }
      await updateRun(tx, run.number, { state: "waiting-approval", nextAt: asked.until, leaseUntil: null });
      return false;
    }
    const until = now + wanted.expires;
    const fresh: ApprovalRequest = {
      step: index,
      hash: wanted.hash,
      from: wanted.from,
      count: wanted.count,
      until,
      why: wanted.why,
      does: wanted.does,
      by: [],
    };
    await updateRun(tx, run.number, {
      state: "waiting-approval",
      asked: fresh,
      nextAt: until,
      leaseUntil: null,
      reason: "",
    });
    const data = {
      run: run.number,
      runbook: run.runbook,
      step: step.id,
      why: wanted.why,
      from: [...wanted.from],
      count: wanted.count,
      until,
    };
    await publishRunEvents(engine, tx, run, [{ type: "run.requested", data }]);
    return false;
  });
  wakeRunLanes(engine, run);
  return goesOn;
}
