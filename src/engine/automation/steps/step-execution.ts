import { updateJournalLine, updateRun, lockRun, saveStepOutput } from "#db/runs.ts";
import { errorReason } from "#db/errors.ts";
import { stepOfLine, type JournalLine } from "#domain/automation/run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "#domain/automation/step-timeout.ts";
import { PortError } from "#ports/port-error.ts";
import { findRunner, type ActionJob, type ActionResult, type ActionRunner } from "#runbooks/index.ts";
import { buildActionJob } from "./step-job.ts";
import { maskOutput, maskText, fullOutput } from "#engine/automation/run-facts.ts";
import { wakeRunLanes, publishRunEvents } from "#engine/automation/run-publication.ts";
import type { ContinuesRun, ClaimedRun } from "#engine/automation/claimed-run.ts";

/**
 * Does what the journal has as begun, and writes down what came of it. A worker that was frozen between the two has
 * lost its claim, and leaves the step to the worker that has the claim now.
 */
export async function executeStep(
  claimed: ClaimedRun,
  line: JournalLine,
  leaseUntil: number,
  how: (runner: ActionRunner, job: ActionJob) => Promise<ActionResult>,
  again = false,
): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const step = run.plan.steps[stepOfLine(line.idx)]!;
  const reportedLine = { run: run.number, id: step.id, idx: line.idx };
  engine.observe({ step: "run.started", ...reportedLine });
  if (engine.clock() >= leaseUntil) return false;
  let ran: ActionResult | PortError;
  try {
    ran = await how(findRunner(step.uses), buildActionJob(claimed, line, again));
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    ran = error;
  }
  engine.observe({ step: "run.acted", ...reportedLine });
  return settleStep(claimed, line, ran);
}

/** Writes down what came of a line that was begun. Only the last claimant may. */
export async function settleStep(
  claimed: ClaimedRun,
  line: JournalLine,
  ran: ActionResult | PortError,
): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const now = engine.clock();
  const step = run.plan.steps[stepOfLine(line.idx)]!;
  const continues = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const write = (change: Parameters<typeof updateJournalLine>[3]): Promise<boolean> =>
      updateJournalLine(tx, line, run.epoch, change);
    const put = async (nextAt: number): Promise<ContinuesRun> => {
      await updateRun(tx, run.number, { nextAt, leaseUntil: null });
      return false;
    };
    if (ran instanceof PortError) {
      const detail = maskText(engine, errorReason(ran));
      // A wait that is longer than the step's own time is cut to it: the step has failed by then.
      const wait = Math.min(
        ran.retryAfterMs ?? Math.min(30_000, 1_000 * 2 ** Math.min(line.attempt, 5)),
        step.timeout ?? DEFAULT_STEP_TIMEOUT_MS,
      );
      // It may have happened, and it goes on out there or can be probed: the line stays begun, and the next worker
      // looks.
      if (line.handle !== null && ran.retryable) return put(now + wait);
      if (ran.mayHaveHappened && step.effect === "once" && line.idx >= 0) {
        // People decide by it, when no one can look whether it happened.
        await write({ outcome: { says: detail } });
        return put(now + wait);
      }
      await write({ state: "failed", outcome: { says: detail, retry: ran.retryable }, finishedAt: now });
      if (ran.retryable) return put(now + wait);
      await publishRunEvents(engine, tx, run, []);
      return true;
    }
    if (ran.state === "underway") {
      await write({ handle: ran.handle });
      // Who stopped it while it was begun woke no one.
      await put(now + Math.max(250, locked.ending === null ? ran.inMs : Math.min(ran.inMs, 1_000)));
      await publishRunEvents(engine, tx, run, []);
      return false;
    }
    const all = ran.state === "done" ? fullOutput(engine, ran.output) : null;
    if (all !== null) await saveStepOutput(tx, line, all.body, all.cut);
    if (ran.state === "done")
      await write({ state: "finished", outcome: { output: maskOutput(engine, ran.output) }, finishedAt: now });
    else await write({ state: "failed", outcome: { says: maskText(engine, ran.says) }, finishedAt: now });
    await publishRunEvents(engine, tx, run, []);
    return true;
  });
  engine.observe({ step: "run.written", run: run.number, id: step.id, idx: line.idx });
  wakeRunLanes(engine, run);
  return continues;
}
