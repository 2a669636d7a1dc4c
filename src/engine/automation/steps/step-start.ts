import type { QueryExecutor } from "#db/client.ts";
import { isSystemicFailure, readRunLimits, takeRunLock } from "#db/run-limits.ts";
import { addJournalLine, updateRun, lockRun } from "#db/runs.ts";
import { isApprovalRequested } from "#domain/automation/approval.ts";
import { mayStartStep, type GateResult, type GateFacts } from "#domain/automation/run-gate.ts";
import { decideNextMove, type NextMove } from "#domain/automation/run-next.ts";
import { stepKeyOf, type JournalLine, type Run, type RunStep } from "#domain/automation/run.ts";
import type { RunEvent } from "#domain/events/run-event.ts";
import {
  requireAction,
  evaluateCondition,
  fillArguments,
  isAction,
  type ActionInput,
  type StepIntent,
} from "#runbooks/index.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { executeStep } from "./step-execution.ts";
import { requestApproval } from "#engine/automation/approval-request.ts";
import { requestGroupApproval } from "#engine/automation/group-approval.ts";
import {
  readSurroundings,
  conditionFacts,
  currentPlanHash,
  readConditions,
  readMeasures,
  storedPlan,
  stepHash,
} from "#engine/automation/run-facts.ts";
import { assessStepEffects, setRunEnding, skipStep } from "#engine/automation/run-ending.ts";
import type { ContinuesRun, ClaimedRun } from "#engine/automation/claimed-run.ts";
import { stepLeaseMs } from "./step-lease.ts";
import { recordPreparationFailure, checkGuard, resolveIntent } from "./step-preparation.ts";
import { forcedKillSwitch } from "#engine/automation/kill-switch.ts";
import { wakeRunLanes, publishRunEvents } from "#engine/automation/run-publication.ts";
import { isAskedByStranger } from "#engine/automation/approvers.ts";
import { recordRunbookVersions, findRecentAuthors } from "#engine/automation/recent-runbooks.ts";

type Start = Extract<NextMove, { do: "start" }>;

/**
 * Starts a step: everything it depends on is looked up first, then the gate is asked and the full intent written down in
 * one transaction, and only then something is done.
 */
export async function startStep(claimed: ClaimedRun, { index, step, line }: Start): Promise<ContinuesRun> {
  const { engine, run, journal } = claimed;
  const facts = conditionFacts(run, journal);
  const plan = storedPlan(run).steps[index]!;
  const filled = fillArguments(requireAction(step.uses), plan.with, facts);
  if (!filled.ok) return skipStep(claimed, index, filled.error);
  const hash = stepHash(run, step, filled.input);
  if (isAction(step.uses, "approve")) {
    const input = filled.input as ActionInput<"approve">;
    return requestApproval(claimed, index, {
      hash,
      from: input.from,
      count: Math.max(input.count, isAskedByStranger(engine.policy(), run) ? 2 : 1),
      expires: input.expires,
      why: "the runbook pauses here",
      does: filled.input,
    });
  }
  const kept = line !== null && line.outcome?.fresh !== true ? line.intent : null;
  const intended =
    kept === null ? await resolveIntent(claimed, index, filled.input) : { ok: true as const, intent: kept };
  // After the intent is bound to what is there: what comes in its place later is not what the guard let through.
  const guarded = plan.guard === null ? true : await checkGuard(claimed, plan.guard);
  if (guarded !== true) return skipStep(claimed, index, guarded);
  const attempt = (line?.attempt ?? 0) + 1;
  if (!intended.ok) return recordPreparationFailure(claimed, index, attempt, intended);
  const writes = step.touches === "systems";
  const measured = writes ? await readMeasures(engine, run) : null;
  const before = measured?.values ?? null;
  // Once something is changed it is too late to find out that nothing can prove that it helped.
  if (measured?.several !== undefined && run.wroteAt === null)
    return setRunEnding(claimed, { state: "canceled", reason: `verify proves nothing: ${measured.several}`, by: null });
  const unless = step.approve?.unless;
  const excused = unless !== null && unless !== undefined && evaluateCondition(unless, facts) === true;

  // A file that was changed since this process last looked is as new as it is.
  if (writes) await recordRunbookVersions(engine);

  const now = engine.clock();
  const leaseUntil = now + stepLeaseMs(claimed, step);
  const begun: JournalLine = {
    run: run.number,
    idx: index,
    attempt,
    state: "started",
    // The same for every attempt: what the world has seen under it, it has seen.
    idemKey: stepKeyOf(run, index),
    epoch: run.epoch,
    intent: intended.intent,
    handle: null,
    outcome: null,
    before,
    after: null,
    startedAt: now,
    finishedAt: null,
  };
  engine.observe({ step: "run.starting", run: run.number, id: step.id, idx: index });
  const gate = await passGate(claimed, step, begun, leaseUntil, { now, index, hash, excused, writes });
  if (gate === null) return false;
  if (gate === "overtaken") return true;
  if (gate.ok) {
    wakeRunLanes(engine, run);
    return executeStep(claimed, begun, leaseUntil, (runner, job) => runner.run(begun.intent, job));
  }
  return refusedBy(claimed, index, step, gate, hash, filled.input);
}

/** What the gate looks at of the step itself. */
type GateSubject = {
  readonly now: number;
  readonly index: number;
  readonly hash: string;
  readonly excused: boolean;
  readonly writes: boolean;
};

/** Asks the gate and writes the intent down in one transaction; null when someone else has the run by now. */
function passGate(
  claimed: ClaimedRun,
  step: RunStep,
  begun: JournalLine,
  leaseUntil: number,
  subject: GateSubject,
): Promise<GateResult | "overtaken" | null> {
  const { engine, run, journal } = claimed;
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return null;
    // To look everything up took its time: who stopped the run meanwhile, and an alert that resolved, count until now.
    const move = decideNextMove(
      locked,
      journal,
      readConditions(locked, journal),
      await readSurroundings(engine, locked, tx),
    );
    if (move.do !== "start" || move.index !== subject.index) return "overtaken";
    const gate = mayStartStep(locked, subject.index, step, await gateFacts(claimed, tx, subject));
    if (gate.ok) await begin(claimed, tx, locked, step, begun, leaseUntil);
    return gate;
  });
}

/** What a run does that the gate did not let through. */
async function refusedBy(
  claimed: ClaimedRun,
  index: number,
  step: RunStep,
  gate: Exclude<GateResult, { ok: true }>,
  hash: string,
  does: StepIntent,
): Promise<ContinuesRun> {
  const { engine, run } = claimed;
  if (gate.then === "ask") {
    const from = step.approve?.from ?? [];
    const wanted = {
      hash,
      from,
      count: gate.count,
      expires: step.approve?.expires ?? 10 * MINUTE_MS,
      why: gate.why,
      does,
    };
    return gate.together ? requestGroupApproval(claimed, index, wanted) : requestApproval(claimed, index, wanted);
  }
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    if (gate.then === "stop") {
      const again = gate.again === true && locked.wroteAt === null ? ({ again: true } as const) : {};
      await updateRun(tx, run.number, {
        ending: { state: "canceled", reason: gate.why, by: null, ...again, limited: true },
      });
      return true;
    }
    await updateRun(tx, run.number, { nextAt: gate.until, leaseUntil: null, reason: `waits: ${gate.why}` });
    await publishRunEvents(engine, tx, run, []);
    return false;
  });
}

async function gateFacts(
  { engine, run }: ClaimedRun,
  tx: QueryExecutor,
  { now, index, hash, excused, writes }: GateSubject,
): Promise<GateFacts> {
  const { automation } = engine.policy();
  const { maxRuns } = run.plan.limits;
  const service = run.labels["service"] ?? null;
  const since = {
    now,
    maxRuns: now - maxRuns.per,
    budget: now - automation.writeBudget.per,
    domain: now - automation.domainBudget.per,
  };
  const limits = await readRunLimits(tx, { ...run, service, index }, since, writes);
  return {
    now,
    enabled: automation.enabled,
    ...limits,
    byStranger: isAskedByStranger(engine.policy(), run),
    ofUnknown: writes && (await findRecentAuthors(engine, tx, run))?.known === false,
    off: forcedKillSwitch(engine) ?? limits.off,
    budget: automation.writeBudget,
    domainBudget: automation.domainBudget,
    systemic:
      writes &&
      (await isSystemicFailure(
        tx,
        run.labels["alertname"] ?? "",
        run.createdAt - automation.systemic.within,
        automation.systemic.alerts,
      )),
    planHash: currentPlanHash(engine, run),
    stepHash: hash,
    excused,
  };
}

async function begin(
  { engine }: ClaimedRun,
  tx: QueryExecutor,
  run: Run,
  step: RunStep,
  line: JournalLine,
  leaseUntil: number,
): Promise<void> {
  const now = line.startedAt!;
  const writes = step.touches === "systems";
  const news: RunEvent[] = writes ? await assessStepEffects(engine, tx, run, line.before) : [];
  await addJournalLine(tx, { ...line, writes });
  const state = {
    state: "running",
    leaseUntil,
    nextAt: leaseUntil,
    startedAt: run.startedAt ?? now,
    reason: "",
  } as const;
  if (!writes) {
    await updateRun(tx, run.number, state);
    return publishRunEvents(engine, tx, run, []);
  }
  await takeRunLock(tx, run.target, run.number);
  await updateRun(tx, run.number, { ...state, wroteAt: run.wroteAt ?? now });
  const approvedBy = isApprovalRequested(run, line.idx) ? run.asked!.by.map(({ name }) => name) : [];
  news.push({
    type: "run.started",
    data: { run: run.number, runbook: run.runbook, step: step.id, what: `${step.uses} on ${run.target}`, approvedBy },
  });
  await publishRunEvents(engine, tx, run, news);
}
