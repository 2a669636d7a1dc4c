import { errorReason } from "#db/errors.ts";
import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import { composeGuardFailure } from "#domain/automation/guard-failure.ts";
import { runId, stepKeyOf, type JournalLine } from "#domain/automation/run.ts";
import { PortError } from "#ports/port-error.ts";
import {
  requireAction,
  evaluateCondition,
  fillArguments,
  findRunner,
  type PlannedReading,
  type StepIntent,
} from "#runbooks/index.ts";
import { buildActionJob } from "./step-job.ts";
import { conditionFacts, maskText } from "#engine/automation/run-facts.ts";
import type { ContinuesRun, ClaimedRun } from "#engine/automation/claimed-run.ts";
import { publishRunEvents } from "#engine/automation/run-publication.ts";

export type PreparationFailure = {
  readonly ok: false;
  readonly says: string;
  readonly retryAfterMs: number | null;
  readonly retry: boolean;
};

/** Looks up what a step would do, without doing it. */
export async function resolveIntent(
  claimed: ClaimedRun,
  index: number,
  input: StepIntent,
): Promise<{ readonly ok: true; readonly intent: StepIntent } | PreparationFailure> {
  const { engine, run } = claimed;
  const step = run.plan.steps[index]!;
  const job = buildActionJob(
    claimed,
    { idx: index, attempt: 1, idemKey: stepKeyOf(run, index), startedAt: null },
    false,
  );
  try {
    const intended = (await findRunner(step.uses).plan?.(input, job)) ?? { ok: true as const, intent: input };
    return intended.ok ? intended : { ...intended, retryAfterMs: null, retry: false };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return {
      ok: false,
      says: maskText(engine, errorReason(error)),
      retryAfterMs: error.retryAfterMs,
      retry: error.retryable,
    };
  }
}

/** Nothing was sent: what it would have been could not be found out. */
export async function recordPreparationFailure(
  { engine, run }: ClaimedRun,
  idx: number,
  attempt: number,
  { says: detail, retry, retryAfterMs }: PreparationFailure,
): Promise<ContinuesRun> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    const nothing = { intent: {}, handle: null, before: null, after: null };
    const outcome = { says: detail, retry, fresh: true };
    const line: JournalLine = {
      run: run.number,
      idx,
      attempt,
      state: "failed",
      idemKey: stepKeyOf(run, idx),
      epoch: run.epoch,
      ...nothing,
      outcome,
      startedAt: now,
      finishedAt: now,
    };
    await addJournalLine(tx, { ...line, writes: false });
    if (retry) await updateRun(tx, run.number, { nextAt: now + (retryAfterMs ?? 2_000 * attempt), leaseUntil: null });
    await publishRunEvents(engine, tx, run, []);
    return !retry;
  });
}

/** Whether a guard's output lets the step through; else the reason. */
export async function checkGuard(claimed: ClaimedRun, guard: PlannedReading): Promise<true | string> {
  const held = await readAside(claimed, guard, "guard");
  if (held === true) return true;
  return composeGuardFailure(held === false ? `not so: ${guard.holds}` : held.why);
}

/** Why a reading has no answer. `retry`: the same may have one soon. */
export type NoReading = { readonly why: string; readonly retry: boolean; readonly retryAfterMs: number | null };

/** Whether the condition of a reading holds that stands beside a step: its guard or its probe. */
export async function readAside(
  claimed: ClaimedRun,
  wanted: PlannedReading,
  name: "guard" | "probe",
): Promise<boolean | NoReading> {
  const { engine, run, journal } = claimed;
  const none = (why: string): NoReading => ({ why, retry: false, retryAfterMs: null });
  const filled = fillArguments(requireAction(wanted.uses), wanted.with, conditionFacts(run, journal));
  if (!filled.ok) return none(filled.error);
  const now = engine.clock();
  const line = { idx: 0, attempt: 1, idemKey: `${runId(run.number)}/${name}`, startedAt: now };
  try {
    const ran = await findRunner(wanted.uses).run(filled.input, buildActionJob(claimed, line, false));
    if (ran.state !== "done") return none(ran.state === "refused" ? maskText(engine, ran.says) : "no answer yet");
    const result = evaluateCondition(wanted.holds, conditionFacts(run, journal, ran.output));
    return typeof result === "boolean" ? result : none(result.error);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { why: maskText(engine, errorReason(error)), retry: error.retryable, retryAfterMs: error.retryAfterMs };
  }
}
