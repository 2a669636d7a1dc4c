import type { QueryExecutor } from "#db/client.ts";
import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import { isApproved } from "#domain/automation/run-gate.ts";
import { stepKeyOf, type ApprovalRequest, type RunEnding, type Run } from "#domain/automation/run.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
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
export function isApprovalRequested({ asked: approval }: Run, index: number): boolean {
  return approval?.step === index;
}

/** What the incident is told when people are asked. */
export function approvalRequested(
  { number, runbook, plan }: Run,
  { step, why: reason, from, count }: Pick<ApprovalRequest, "step" | "why" | "from" | "count">,
  until: number,
): RunEvent {
  return {
    type: "run.requested",
    data: { run: number, runbook, step: plan.steps[step]!.id, why: reason, from: [...from], count, until },
  };
}

/**
 * Asks people to let a step happen, and puts the run down until they answer or the time is over. What they are asked is
 * bound to what would be done: when that changes, they are asked again.
 */
export async function requestApproval(
  { engine, run }: ClaimedRun,
  index: number,
  wanted: ApprovalTerms,
): Promise<ContinuesRun> {
  const now = engine.clock();
  const continues = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    const { asked: approval } = locked;
    if (approval?.step === index && approval.hash === wanted.hash) return resumeApproval(tx, run, approval, now);
    const { hash, from, count, why: reason, does } = wanted;
    const until = now + wanted.expires;
    await updateRun(tx, run.number, {
      state: "waiting-approval",
      asked: { step: index, hash, from, count, until, why: reason, does, by: [] },
      nextAt: until,
      leaseUntil: null,
      reason: "",
    });
    await publishRunEvents(engine, tx, run, [approvalRequested(run, { step: index, why: reason, from, count }, until)]);
    return false;
  });
  wakeRunLanes(engine, run);
  return continues;
}

/** What becomes of a run whose question stands as it was asked. */
async function resumeApproval(
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  now: number,
): Promise<ContinuesRun> {
  if (isApproved(approval, approval.step, approval.hash, now)) {
    await passApprovedPause(tx, run, approval, now);
    return true;
  }
  if (now >= approval.until) {
    await updateRun(tx, run.number, { ending: approvalTimeout(approval, run.plan.steps[approval.step]!.id) });
    return true;
  }
  await updateRun(tx, run.number, { state: "waiting-approval", nextAt: approval.until, leaseUntil: null });
  return false;
}

/** Only the pause between two steps comes here approved: a step that changes something starts then. */
async function passApprovedPause(tx: QueryExecutor, run: Run, approval: ApprovalRequest, now: number): Promise<void> {
  await addJournalLine(tx, {
    run: run.number,
    idx: approval.step,
    attempt: 1,
    state: "finished",
    idemKey: stepKeyOf(run, approval.step),
    epoch: run.epoch,
    intent: {},
    handle: null,
    before: null,
    after: null,
    outcome: { output: { by: approval.by.map(({ name }) => name) } },
    startedAt: now,
    finishedAt: now,
    writes: false,
  });
  await updateRun(tx, run.number, { state: "running" });
}
