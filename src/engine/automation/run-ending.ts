import type { QueryExecutor } from "#db/client.ts";
import { recordVerification, releaseRunLocks } from "#db/run-limits.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import type { NewRun } from "#domain/automation/run-start.ts";
import { reportImpossible, runAgain } from "./runbook-matching.ts";
import {
  insertRuns,
  addJournalLine,
  updateJournalLine,
  updateRun,
  loadJournal,
  lockApprovals,
  lockRun,
} from "#db/runs.ts";
import { decideRunResult, describeRunResult } from "#domain/automation/run-end.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import { measureEffect, judgeSample } from "#domain/automation/run-verification.ts";
import {
  stepKeyOf,
  stepOfLine,
  type RunEnding,
  type JournalLine,
  type Run,
  type RunMode,
} from "#domain/automation/run.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
import { formatMeasure } from "#domain/automation/run-text.ts";
import type { Engine } from "#engine/base/engine.ts";
import { suspendRun, type ContinuesRun, type ClaimedRun } from "./claimed-run.ts";
import { readSurroundings, maskText, readMeasures } from "./run-facts.ts";
import { wakeRunLanes, refreshMergedPostmortem, publishRunEvents } from "./run-publication.ts";
import { handOverApproval } from "./group-approval.ts";

/** A step that does not happen, and why. */
export async function skipStep(
  { engine, run, journal }: ClaimedRun,
  idx: number,
  reason: string,
): Promise<ContinuesRun> {
  const now = engine.clock();
  const attempt = (latestAttempt(journal, idx)?.attempt ?? 0) + 1;
  const nothing = { intent: {}, handle: null, before: null, after: null };
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    const outcome = { says: maskText(engine, reason) };
    const line: JournalLine = {
      run: run.number,
      idx,
      attempt,
      state: "skipped",
      idemKey: stepKeyOf(run, idx),
      epoch: run.epoch,
      ...nothing,
      outcome,
      startedAt: null,
      finishedAt: now,
    };
    await addJournalLine(tx, { ...line, writes: false });
    if (run.state === "planned") await updateRun(tx, run.number, { state: "running", startedAt: now });
    return true;
  });
}

/** Looks whether what was to come of it has come, and has stayed. */
export async function verifyRun(claimed: ClaimedRun): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  const plan = run.plan.verify!;
  const [sample, around] = [await readMeasures(engine, run), await readSurroundings(engine, run)];
  const now = engine.clock();
  const proof = run.proof ?? { began: now, heldSince: null, values: [], says: "" };
  const judgement = judgeSample(plan, proof, { ...sample, ...around }, now);
  const texts = plan.promql.map((each, i) => formatMeasure(each, sample.values[i] ?? null)).join(", ");
  if (judgement.outcome === "proved")
    return setRunEnding(claimed, { state: "succeeded", reason: texts, by: null }, sample.values);
  if (judgement.outcome === "failed")
    return setRunEnding(claimed, { state: "failed", reason: `${judgement.why} (${texts})`, by: null }, sample.values);
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return;
    await updateRun(tx, run.number, { state: "verifying", proof: judgement.progress });
    if (run.state !== "verifying" || proof.says !== judgement.progress.says)
      await publishRunEvents(engine, tx, run, []);
  });
  wakeRunLanes(engine, run);
  return suspendRun(claimed, judgement.nextAt);
}

/** It is known how the run ends; what is to be put back is put back first. */
export async function setRunEnding(
  { engine, run }: ClaimedRun,
  ending: RunEnding,
  values: readonly (number | null)[] | null = null,
): Promise<ContinuesRun> {
  const after = values ?? (run.wroteAt === null ? null : (await readMeasures(engine, run)).values);
  const measured =
    ending.state === "suggested" && run.mode === "suggest" ? await withMeasures(engine, run, ending) : ending;
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const news = await assessStepEffects(engine, tx, locked, after);
    // A stop during the measurement has ended it; the verification still counts.
    await updateRun(tx, run.number, {
      ending: measured.state === "succeeded" ? measured : (locked.ending ?? measured),
    });
    await publishRunEvents(engine, tx, run, news);
    return true;
  });
}

/** What is wrong is what the runbook would mend: the measures of its verify, with what they should be. */
async function withMeasures(engine: Engine, run: Run, ending: RunEnding): Promise<RunEnding> {
  const { verify } = run.plan;
  if (verify === null) return ending;
  const { values } = await readMeasures(engine, run);
  const texts = verify.promql.map((each, i) => formatMeasure(each, values[i] ?? null));
  return { ...ending, reason: `${ending.reason}; now ${texts.join(", ")}` };
}

/** Writes down what steps did to the measures, once these are known after them. */
export async function assessStepEffects(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  after: readonly (number | null)[] | null,
): Promise<RunEvent[]> {
  const news: RunEvent[] = [];
  for (const line of await loadJournal(tx, [run.number])) {
    if (line.idx < 0 || line.before === null || line.after !== null || line.state !== "finished") continue;
    const values = after ?? line.before.map(() => null);
    await updateJournalLine(tx, line, run.epoch, { after: values });
    const step = run.plan.steps[line.idx]!;
    const effect = measureEffect(run.plan.verify?.promql ?? [], line.before, values);
    const data = {
      run: run.number,
      runbook: run.runbook,
      step: step.id,
      what: step.uses,
      effect,
      before: [...line.before],
      after: [...values],
    };
    news.push({ type: "step.finished", data });
  }
  return news;
}

/**
 * The run has ended: the target is free, the breaker has counted, people are notified, and paged when it did not help.
 */
export async function finishRun({ engine, run, journal }: ClaimedRun, ending: RunEnding): Promise<ContinuesRun> {
  const now = engine.clock();
  await engine.connection.db.transaction(async (tx) => {
    if (run.asked?.over !== undefined) await lockApprovals(tx);
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return;
    await handOverApproval(tx, locked, now);
    const result = decideRunResult(locked, journal, ending);
    const { state, stuck, counts, proved, page } = result;
    const open = counts ? await recordVerification(tx, run, state === "succeeded", run.plan.limits.breaker, now) : null;
    const reason = describeRunResult(ending, result, run, open);
    await releaseRunLocks(tx, run.number);
    await updateRun(tx, run.number, {
      state,
      reason,
      proved,
      finishedAt: now,
      nextAt: null,
      leaseUntil: null,
      ...(result.endsDeadline ? { escalateAt: null } : {}),
    });
    if (ending.again === true) await beginAgain(engine, tx, locked);
    // What could not be put back calls for people, however the run ends.
    await publishRunEvents(engine, tx, run, [
      newsOf({ ...locked, state: stuck.length > 0 ? "failed" : state }, journal, reason, page),
    ]);
    await refreshMergedPostmortem(tx, run, now);
  });
  wakeRunLanes(engine, run);
  return false;
}

/** After the run has ended: one that is at work keeps another of its runbook from the target. */
async function beginAgain(engine: Engine, tx: QueryExecutor, run: Run): Promise<void> {
  const [stored] = run.incident === null ? [] : await incidentsByNumber(tx, [run.incident]);
  const again = await runAgain(engine, tx, run, stored?.state ?? null);
  if (again === null) return;
  const now = engine.clock();
  if (typeof again !== "string") await insertRuns(tx, [{ ...again, mode: lesserMode(run, again) }], now);
  else if (run.incident !== null)
    await reportImpossible(tx, [{ incident: run.incident, runbook: run.runbook, why: again }], now);
  engine.wakeLane("run", { urgency: run.urgency, delayMs: 0 });
}

/** What was suggested and is to be done asks people, whatever mode its runbook has. */
function lesserMode({ mode, by }: Run, again: NewRun): RunMode {
  return mode === "approve" && by !== null && again.mode === "suggest" ? mode : again.mode;
}

function newsOf(run: Run, journal: readonly JournalLine[], reason: string, page: boolean): RunEvent {
  const data = { run: run.number, runbook: run.runbook };
  switch (run.state) {
    case "succeeded":
      return { type: "run.succeeded", data: { ...data, says: reason } };
    case "failed":
      return { type: "run.failed", data: { ...data, reason, page: page ? (run.plan.escalate?.to ?? "") : null } };
    case "suggested":
      return { type: "run.suggested", data: { ...data, says: found(run, journal) || reason } };
    case "canceled":
    case "planned":
    case "running":
    case "unknown":
    case "verifying":
    case "waiting-approval":
      return { type: "run.canceled", data: { ...data, reason } };
  }
}

/** "pool 0.95, latency 8.5, traffic 1.1": what was found, as far as it is numbers and words. */
function found(run: Run, journal: readonly JournalLine[]): string {
  return journal
    .flatMap(({ idx, state, outcome }) => {
      if (idx < 0 || state !== "finished") return [];
      const { value, noData } = (outcome?.output ?? {}) as { value?: unknown; noData?: unknown };
      const id = run.plan.steps[stepOfLine(idx)]!.id;
      return typeof value === "number"
        ? [`${id} ${Number(value.toPrecision(3))}`]
        : noData === true
          ? [`${id}: no data`]
          : [];
    })
    .join(", ");
}
