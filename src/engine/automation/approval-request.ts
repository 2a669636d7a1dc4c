import type { QueryExecutor } from "#db/client.ts";
import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import { decideApproval, type ApprovalTerms } from "#domain/automation/approval.ts";
import { stepKeyOf, type ApprovalRequest, type Run } from "#domain/automation/run.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
import type { ContinuesRun, ClaimedRun } from "./claimed-run.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

/** The incident's event for an approval request. */
export function approvalRequested(
  { number, runbook, plan }: Run,
  { step, why: reason, from, count, until }: ApprovalRequest,
): RunEvent {
  return {
    type: "run.requested",
    data: { run: number, runbook, step: plan.steps[step]!.id, why: reason, from: [...from], count, until },
  };
}

/** Asks people to approve a step, and puts the run down until they answer or the time to answer has passed. */
export async function requestApproval(
  { engine, run }: ClaimedRun,
  index: number,
  wanted: ApprovalTerms,
): Promise<ContinuesRun> {
  const now = engine.clock();
  const continues = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const move = decideApproval(locked, index, wanted, now);
    switch (move.do) {
      case "go-on":
        return true;
      case "pass":
        await passApprovedPause(tx, run, move.asked, now);
        return true;
      case "end":
        await updateRun(tx, run.number, { ending: move.ending });
        return true;
      case "wait":
        await updateRun(tx, run.number, { state: "waiting-approval", nextAt: move.until, leaseUntil: null });
        return false;
      case "ask": {
        const { asked } = move;
        await updateRun(tx, run.number, {
          state: "waiting-approval",
          asked,
          nextAt: asked.until,
          leaseUntil: null,
          reason: "",
        });
        await publishRunEvents(engine, tx, run, [approvalRequested(run, asked)]);
        return false;
      }
    }
  });
  wakeRunLanes(engine, run);
  return continues;
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
