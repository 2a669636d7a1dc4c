import type { Executor } from "#db/client.ts";
import { isSystemic, limitsOf, takeLock } from "#db/run-limits.ts";
import { addLine, changeRun, lockRun } from "#db/runs.ts";
import { mayStart, type Gate, type GateFacts } from "#domain/run-gate.ts";
import { next, type Move } from "#domain/run-next.ts";
import { stepKeyOf, type Journalled, type Run, type RunStep } from "#domain/run.ts";
import type { RunNews } from "#domain/run-news.ts";
import type { Intent } from "#engine/runners/runner.ts";
import { actionCalled, evaluate, fillArguments } from "#runbooks/index.ts";
import { escape } from "#views/slack.ts";
import { act } from "./act.ts";
import { ask, isAsked } from "./asking.ts";
import { askTogether } from "./together.ts";
import { aroundOf, factsOf, hashNow, holdsFor, measured, planned, stepHash } from "./facts.ts";
import { judged, skip } from "./finish.ts";
import type { GoesOn, Held } from "./held.ts";
import { leaseOf } from "./lease.ts";
import { failed, guard, intend } from "./prepare.ts";
import { forcedOff } from "./off.ts";
import { nudged, tell } from "./tell.ts";
import { noteVersions, youngOf } from "./versions.ts";

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
    return ask(held, index, { hash, from: input.from, count: input.count, expires: input.expires, why: "the runbook pauses here", does: filled.input });
  }
  const kept = line !== null && line.outcome?.fresh !== true ? line.intent : null;
  const intended = kept === null ? await intend(held, index, filled.input) : { ok: true as const, intent: kept };
  // After the intent is bound to what is there: what comes in its place later is not what the guard let through.
  const guarded = plan.guard === null ? true : await guard(held, plan.guard);
  if (guarded !== true) return skip(held, index, guarded);
  const attempt = (line?.attempt ?? 0) + 1;
  if (!intended.ok) return failed(held, index, attempt, intended);
  const before = step.touches === "systems" ? (await measured(engine, run)).values : null;
  const unless = step.approve?.unless;
  const excused = unless !== null && unless !== undefined && evaluate(unless, facts) === true;

  // A file that was changed since this process last looked is as new as it is.
  if (step.touches === "systems") await noteVersions(engine);

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
  const gate = await engine.connection.db.transaction(async (tx): Promise<Gate | "overtaken" | null> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return null;
    // To look everything up took its time: who stopped the run meanwhile, and an alert that resolved, count until now.
    const move = next(locked, journal, holdsFor(locked, journal), await aroundOf(engine, locked, tx));
    if (move.do !== "start" || move.index !== index) return "overtaken";
    const gate = mayStart(locked, index, step, await gateFacts(held, tx, { now, index, hash, excused, writes: step.touches === "systems" }));
    if (gate.ok) await begin(held, tx, locked, step, begun, leaseUntil);
    return gate;
  });
  if (gate === null) return false;
  if (gate === "overtaken") return true;
  if (gate.ok) {
    nudged(engine, run);
    return act(held, begun, leaseUntil, (runner, job) => runner.run(begun.intent, job));
  }
  return refusedBy(held, index, step, gate, hash, filled.input);
}

/** What a run does that the gate did not let through. */
async function refusedBy(held: Held, index: number, step: RunStep, gate: Exclude<Gate, { ok: true }>, hash: string, does: Intent): Promise<GoesOn> {
  const { engine, run } = held;
  if (gate.then === "ask") {
    const from = step.approve?.from ?? [];
    const wanted = { hash, from, count: gate.count, expires: step.approve?.expires ?? 10 * 60_000, why: gate.why, does };
    return gate.together ? askTogether(held, index, wanted) : ask(held, index, wanted);
  }
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
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
  {
    now,
    index,
    hash,
    excused,
    writes,
  }: { readonly now: number; readonly index: number; readonly hash: string; readonly excused: boolean; readonly writes: boolean },
): Promise<GateFacts> {
  const { automation } = engine.policy();
  const { maxRuns } = run.plan.limits;
  const service = run.labels["service"] ?? null;
  const since = { now, maxRuns: now - maxRuns.per, budget: now - automation.writeBudget.per, domain: now - automation.domainBudget.per };
  const limits = await limitsOf(tx, { ...run, service, index }, since, writes);
  return {
    now,
    enabled: automation.enabled,
    ...limits,
    ofUnknown: writes && (await youngOf(engine, tx, run))?.known === false,
    off: forcedOff(engine) ?? limits.off,
    budget: automation.writeBudget,
    domainBudget: automation.domainBudget,
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
