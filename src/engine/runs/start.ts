import type { Executor } from "#db/client.ts";
import { reasonOf } from "#db/errors.ts";
import { isSystemic, limitsOf, takeLock } from "#db/run-limits.ts";
import { addLine, changeLine, changeRun, lockRun } from "#db/runs.ts";
import { mayStart, type Gate, type GateFacts } from "#domain/run-gate.ts";
import type { Move } from "#domain/run-next.ts";
import { runId, STEP_MS, stepKeyOf, undoOf, type Journalled, type Run, type RunStep } from "#domain/run.ts";
import type { RunNews } from "#domain/run-news.ts";
import { PortError } from "#ports/port-error.ts";
import { actionCalled, evaluate, fillArguments } from "#runbooks/index.ts";
import { escape } from "#views/slack.ts";
import { runnerOf } from "#engine/runners/index.ts";
import type { Intent } from "#engine/runners/runner.ts";
import { act, jobOf } from "./act.ts";
import type { GoesOn, Held } from "./held.ts";
import { ask, isAsked } from "./asking.ts";
import { factsOf, hashNow, maskedText, measured, planned, stepHash } from "./facts.ts";
import { judged, skip } from "./finish.ts";
import { nudged, tell } from "./tell.ts";

type Start = Extract<Move, { do: "start" }>;

/**
 * Starts a step: everything it depends on is looked up first, then the gate is asked and the full intent written down in
 * one transaction, and only then something is done.
 */
export async function start(held: Held, { index, step, line }: Start): Promise<GoesOn> {
  const { engine, run, journal } = held;
  const facts = factsOf(run, journal);
  const plan = planned(run).steps[index]!;
  const filled = fillArguments(actionCalled(step.uses), plan.with, facts, escape);
  if (!filled.ok) return skip(held, index, filled.error);
  const hash = stepHash(run, step, filled.input);
  if (step.uses === "approve") {
    const input = filled.input as { from: string[]; count: number; expires: number };
    return ask(held, index, { hash, from: input.from, count: input.count, expires: input.expires, why: "the runbook pauses here" });
  }
  const guarded = plan.guard === null ? true : await guard(held, plan.guard);
  if (guarded !== true) return skip(held, index, guarded);
  const kept = line !== null && line.outcome?.fresh !== true ? line.intent : null;
  const intended = kept === null ? await intend(held, index, filled.input) : { ok: true as const, intent: kept };
  const attempt = (line?.attempt ?? 0) + 1;
  if (!intended.ok) return failed(held, index, attempt, intended);
  const before = step.touches === "systems" ? (await measured(engine, run)).values : null;
  const unless = step.approve?.unless;
  const excused = unless !== null && unless !== undefined && evaluate(unless, facts) === true;

  const now = engine.clock();
  const leaseUntil = now + leaseOf(held, step);
  const begun: Journalled = {
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
  const gate = await engine.connection.db.transaction(async (tx): Promise<Gate | null> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return null;
    const gate = mayStart(locked, index, step, await gateFacts(held, tx, { now, hash, excused, writes: step.touches === "systems" }));
    if (gate.ok) await begin(held, tx, locked, step, begun, leaseUntil);
    return gate;
  });
  if (gate === null) return false;
  if (gate.ok) {
    nudged(engine, run);
    return act(held, begun, leaseUntil, (runner, job) => runner.run(begun.intent, job));
  }
  return refusedBy(held, index, step, gate, hash);
}

/** What a run does that the gate did not let through. */
async function refusedBy(held: Held, index: number, step: RunStep, gate: Exclude<Gate, { ok: true }>, hash: string): Promise<GoesOn> {
  const { engine, run } = held;
  if (gate.then === "ask") {
    const from = step.approve?.from ?? [];
    return ask(held, index, { hash, from, count: gate.count, expires: step.approve?.expires ?? 10 * 60_000, why: gate.why });
  }
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (gate.then === "stop") {
      await changeRun(tx, run.number, { ending: { state: "canceled", reason: gate.why, by: null } });
      return true;
    }
    await changeRun(tx, run.number, { nextAt: gate.until, leaseUntil: null, reason: `waits: ${gate.why}` });
    await tell(engine, tx, run, []);
    return false;
  });
}

async function gateFacts(
  { engine, run }: Held,
  tx: Executor,
  { now, hash, excused, writes }: { readonly now: number; readonly hash: string; readonly excused: boolean; readonly writes: boolean },
): Promise<GateFacts> {
  const { automation } = engine.policy();
  const { maxRuns } = run.plan.limits;
  const service = run.labels["service"] ?? null;
  const since = { now, maxRuns: now - maxRuns.per, budget: now - automation.writeBudget.per };
  const limits = await limitsOf(tx, { number: run.number, runbook: run.runbook, target: run.target, service }, since, writes);
  return {
    now,
    enabled: automation.enabled,
    ...limits,
    budget: automation.writeBudget,
    systemic: writes && (await isSystemic(tx, run.labels["alertname"] ?? "", run.createdAt - automation.systemic.within, automation.systemic.alerts)),
    planHash: hashNow(engine, run),
    stepHash: hash,
    excused,
  };
}

async function begin({ engine }: Held, tx: Executor, run: Run, step: RunStep, line: Journalled, leaseUntil: number): Promise<void> {
  const now = line.startedAt!;
  const writes = step.touches === "systems";
  const news: RunNews[] = writes ? await judged(engine, tx, run, line.before) : [];
  await addLine(tx, { ...line, writes });
  const state = { state: "running", leaseUntil, nextAt: leaseUntil, startedAt: run.startedAt ?? now, reason: "" } as const;
  if (!writes) {
    await changeRun(tx, run.number, state);
    return tell(engine, tx, run, []);
  }
  await takeLock(tx, run.target, run.number);
  await changeRun(tx, run.number, { ...state, wroteAt: run.wroteAt ?? now });
  const approvedBy = isAsked(run, line.idx) ? run.asked!.by.map(({ name }) => name) : [];
  news.push({ type: "run.started", data: { run: run.number, runbook: run.runbook, step: step.id, what: `${step.uses} on ${run.target}`, approvedBy } });
  await tell(engine, tx, run, news);
}

/** Puts back what a step found. A kept key and intent make it the same however often it is said. */
export async function undo(held: Held, { index, of, line }: Extract<Move, { do: "undo" }>): Promise<GoesOn> {
  const { engine, run } = held;
  const step = run.plan.steps[index]!;
  const now = engine.clock();
  const leaseUntil = now + leaseOf(held, step);
  const begun: Journalled = {
    ...of,
    idx: undoOf(index),
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
  const going = await engine.connection.db.transaction(async (tx): Promise<boolean | null> => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return null;
    const { automation } = engine.policy();
    const { off } = await limitsOf(tx, { ...run, service: run.labels["service"] ?? null }, { now, maxRuns: now, budget: now }, false);
    const why =
      off !== null
        ? `automation is off, says ${off.by}`
        : !automation.enabled
          ? "automation.enabled is false"
          : runnerOf(step.uses).undo === undefined
            ? "it cannot be undone"
            : null;
    if (why !== null) await addLine(tx, { ...begun, state: "failed", outcome: { says: why }, finishedAt: now, writes: false });
    else {
      await addLine(tx, { ...begun, writes: true });
      await changeRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    }
    await tell(engine, tx, run, []);
    return why === null;
  });
  if (going === null) return false;
  return going ? act(held, begun, leaseUntil, (runner, job) => runner.undo!(begun.intent, job)) : true;
}

/** How long a worker may have a run for this step: a program is waited for, everything else is looked at again. */
export function leaseOf({ leaseMs }: Pick<Held, "leaseMs">, { uses, timeout }: Pick<RunStep, "uses" | "timeout">): number {
  return leaseMs + (uses === "exec" ? (timeout ?? STEP_MS) : 0);
}

type NotIntended = { readonly ok: false; readonly says: string; readonly retryAfterMs: number | null; readonly retry: boolean };

async function intend(held: Held, index: number, input: Intent): Promise<{ readonly ok: true; readonly intent: Intent } | NotIntended> {
  const { engine, run } = held;
  const step = run.plan.steps[index]!;
  const job = jobOf(held, { idx: index, attempt: 1, idemKey: stepKeyOf(run, index), startedAt: null }, false);
  try {
    const intended = (await runnerOf(step.uses).intend?.(input, job)) ?? { ok: true as const, intent: input };
    return intended.ok ? intended : { ...intended, retryAfterMs: null, retry: false };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ok: false, says: maskedText(engine, reasonOf(error)), retryAfterMs: error.retryAfterMs, retry: error.retryable };
  }
}

/** Nothing was sent: what it would have been could not be found out. */
async function failed({ engine, run }: Held, idx: number, attempt: number, { says, retry, retryAfterMs }: NotIntended): Promise<GoesOn> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    const nothing = { intent: {}, handle: null, before: null, after: null };
    const outcome = { says, retry, fresh: true };
    const line: Journalled = {
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
    await addLine(tx, { ...line, writes: false });
    if (retry) await changeRun(tx, run.number, { nextAt: now + (retryAfterMs ?? 2_000 * attempt), leaseUntil: null });
    await tell(engine, tx, run, []);
    return !retry;
  });
}

/** Whether a guard's reading lets the step through; else why not. */
async function guard(
  held: Held,
  wanted: { readonly uses: string; readonly with: Readonly<Record<string, unknown>>; readonly holds: string },
): Promise<true | string> {
  const { engine, run, journal } = held;
  const filled = fillArguments(actionCalled(wanted.uses), wanted.with, factsOf(run, journal), escape);
  if (!filled.ok) return `guard: ${filled.error}`;
  const now = engine.clock();
  const job = { ...jobOf(held, { idx: 0, attempt: 1, idemKey: `${runId(run.number)}/guard`, startedAt: now }, false) };
  try {
    const ran = await runnerOf(wanted.uses).run(filled.input, job);
    if (ran.state !== "done") return `guard: ${ran.state === "refused" ? ran.says : "no answer yet"}`;
    const verdict = evaluate(wanted.holds, factsOf(run, journal, ran.output));
    return verdict === true ? true : `guard: ${verdict === false ? `not so: ${wanted.holds}` : verdict.error}`;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return `guard: ${maskedText(engine, reasonOf(error))}`;
  }
}

/** Takes over a line that somebody else began, for a worker who may do the same again. */
export async function takeOver({ engine, run }: Held, line: Journalled, leaseUntil: number): Promise<"taken" | "off" | "lost"> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return "lost";
    const { off } = await limitsOf(tx, { ...run, service: run.labels["service"] ?? null }, { now, maxRuns: now, budget: now }, false);
    if (off !== null || !engine.policy().automation.enabled) return "off";
    await changeLine(tx, line, run.epoch, { epoch: run.epoch });
    await changeRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    return "taken";
  });
}
