import type { ProbeResult } from "#ports/cluster-workloads.ts";
import { updateJournalLine, updateRun, lockRun } from "#db/runs.ts";
import {
  mayStartAgainAt,
  decideRecovery,
  decideSighting,
  stepLabel,
  type StepSighting,
} from "#domain/automation/run-next.ts";
import { stepOfLine, type JournalLine, type StepOutcome } from "#domain/automation/run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "#domain/automation/step-timeout.ts";
import { PortError } from "#ports/port-error.ts";
import { findRunner } from "#runbooks/index.ts";
import { buildActionJob } from "./step-job.ts";
import { executeStep, settleStep } from "./step-execution.ts";
import { readAside, type NoReading } from "./step-preparation.ts";
import { suspendRun, type ContinuesRun, type ClaimedRun } from "#engine/automation/claimed-run.ts";
import { storedPlan } from "#engine/automation/run-facts.ts";
import { stepLeaseMs, takeOverStep } from "./step-lease.ts";
import { wakeRunLanes, publishRunEvents } from "#engine/automation/run-publication.ts";

/** Someone began a step and no one wrote down how it ended: they were killed, are frozen, or it goes on out there. */
export async function recoverStep(claimed: ClaimedRun, line: JournalLine): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const step = run.plan.steps[stepOfLine(line.idx)]!;
  const runner = findRunner(step.uses);
  const now = engine.clock();
  const timeout = step.timeout ?? DEFAULT_STEP_TIMEOUT_MS;
  const begun = line.startedAt ?? now;
  const leaseUntil = now + stepLeaseMs(claimed, step);
  const job = buildActionJob(claimed, line, true);
  switch (decideRecovery(step, line).do) {
    case "follow": {
      // Nothing goes on out there while a run waits, so a stop need not wait for it.
      if (runner.underway === "nowhere" && run.ending !== null)
        return settleStep(claimed, line, { state: "refused", says: "stopped" });
      if (runner.underway !== "nowhere" && now >= begun + timeout)
        return settleStep(claimed, line, {
          state: "refused",
          says: `not done within ${Math.round(timeout / 1_000)} s`,
        });
      return settleStep(claimed, line, await orError(() => runner.follow!(line.intent, line.handle, job)));
    }
    case "again": {
      // An intent of long ago is not sent into a world that has moved on; whether it arrived then can be asked.
      const stale = step.effect !== "read" && line.idx >= 0 && now >= mayStartAgainAt(step, line, claimed.leaseMs);
      if (stale) return probe(claimed, line);
      const taken = await takeOverStep(claimed, line, leaseUntil);
      if (taken === "lost") return false;
      if (taken === "off")
        return settleStep(claimed, line, { state: "refused", says: "automation was switched off after it had begun" });
      return executeStep(
        claimed,
        { ...line, epoch: run.epoch },
        leaseUntil,
        (each, at) => (line.idx < 0 ? each.undo!(line.intent, at) : each.run(line.intent, at)),
        true,
      );
    }
    case "probe":
      return probe(claimed, line);
  }
}

/** Asks the world whether a step happened. */
async function probe(claimed: ClaimedRun, line: JournalLine): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const step = run.plan.steps[stepOfLine(line.idx)]!;
  const runner = findRunner(step.uses);
  const job = buildActionJob(claimed, line, true);
  const now = engine.clock();
  const seen = runner.probe === null ? null : sightingOf(await orError(() => runner.probe!(line.intent, job)));
  const { probe: written } = storedPlan(run).steps[stepOfLine(line.idx)]!;
  // The probe of the runbook counts where the action itself has none, or no answer.
  const asksAuthor = written !== undefined && line.idx >= 0 && (seen === null || seen.found === "unknown");
  const sighting = asksAuthor ? sightingAside(await readAside(claimed, written, "probe")) : seen;
  if (sighting === null) return unknown(claimed, line, knownOf(line, "nobody can look whether it happened"));
  const move = decideSighting(step, sighting, mayStartAgainAt(step, line, claimed.leaseMs), now);
  switch (move.do) {
    case "done":
      if (runner.follow !== undefined)
        return settleStep(claimed, line, await orError(() => runner.follow!(line.intent, line.handle, job)));
      return settleStep(claimed, line, { state: "done", output: { found: true } });
    case "wait":
      return suspendRun(claimed, move.until);
    case "refuse":
      return settleStep(claimed, line, { state: "refused", says: move.why });
    case "again":
      return close(claimed, line, { says: move.why, retry: true, proved: true });
    case "ask-people":
      return unknown(claimed, line, knownOf(line, move.why));
  }
}

/** All that is known of a step whose outcome is not: how it ended here, and why no one can look. */
function knownOf({ outcome }: JournalLine, obstacle: string): string {
  const ended = outcome?.says ?? "the process that began it has written down no answer";
  return `${ended}; ${obstacle}`;
}

function sightingAside(held: boolean | NoReading): StepSighting {
  if (typeof held === "boolean") return { found: held ? "yes" : "no" };
  const { why, retry: retryable, retryAfterMs } = held;
  return { found: "error", retryable, retryAfterMs, why: `its probe has no answer: ${why}` };
}

function sightingOf(answer: ProbeResult | PortError): StepSighting {
  if (!(answer instanceof PortError)) return { found: answer };
  const { retryable, retryAfterMs, message } = answer;
  return { found: "error", retryable, retryAfterMs, why: message };
}

async function close({ engine, run }: ClaimedRun, line: JournalLine, outcome: StepOutcome): Promise<ContinuesRun> {
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    await updateJournalLine(tx, line, run.epoch, { state: "failed", outcome, finishedAt: engine.clock() });
    return true;
  });
}

/** Only people can settle it. The target stays locked until they do. */
async function unknown({ engine, run }: ClaimedRun, line: JournalLine, reason: string): Promise<ContinuesRun> {
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return;
    await updateJournalLine(tx, line, run.epoch, { state: "unknown", outcome: { says: reason } });
    await updateRun(tx, run.number, { state: "unknown", nextAt: null, leaseUntil: null, reason });
    await publishRunEvents(engine, tx, run, [
      { type: "run.unknown", data: { run: run.number, runbook: run.runbook, step: stepLabel(run, line.idx), reason } },
    ]);
  });
  wakeRunLanes(engine, run);
  return false;
}

async function orError<T>(lookUp: () => Promise<T>): Promise<T | PortError> {
  try {
    return await lookUp();
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
}
