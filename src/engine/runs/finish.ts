import type { Executor } from "#db/client.ts";
import { countVerify, freeLocks } from "#db/run-limits.ts";
import { addLine, changeLine, changeRun, journalOf, lockQuestions, lockRun } from "#db/runs.ts";
import { utcTime } from "#domain/instant.ts";
import { latest } from "#domain/run-next.ts";
import { helped, judge } from "#domain/run-proof.ts";
import { stepKeyOf, stepOf, undoOf, type Ending, type Journalled, type Run } from "#domain/run.ts";
import type { RunNews } from "#domain/run-news.ts";
import { measureText } from "#domain/run-text.ts";
import type { Engine } from "#engine/engine.ts";
import { rest, type GoesOn, type Held } from "./held.ts";
import { aroundOf, maskedText, measured } from "./facts.ts";
import { nudged, retell, tell } from "./tell.ts";
import { handOver } from "./together.ts";

/** A step that does not happen, and why. */
export async function skip({ engine, run, journal }: Held, idx: number, why: string): Promise<GoesOn> {
  const now = engine.clock();
  const attempt = (latest(journal, idx)?.attempt ?? 0) + 1;
  const nothing = { intent: {}, handle: null, before: null, after: null };
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    const outcome = { says: maskedText(engine, why) };
    const line: Journalled = {
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
    await addLine(tx, { ...line, writes: false });
    if (run.state === "planned") await changeRun(tx, run.number, { state: "running", startedAt: now });
    return true;
  });
}

/** Looks whether what was to come of it has come, and has stayed. */
export async function verify(held: Held): Promise<GoesOn> {
  const { engine, run } = held;
  const plan = run.plan.verify!;
  const [look, around] = [await measured(engine, run), await aroundOf(engine, run)];
  const now = engine.clock();
  const proof = run.proof ?? { began: now, heldSince: null, values: [], says: "" };
  const judgement = judge(plan, proof, { ...look, alertFiring: around.alertFiring }, now);
  const texts = plan.promql.map((each, i) => measureText(each, look.values[i] ?? null)).join(", ");
  if (judgement.verdict === "proved") return end(held, { state: "succeeded", reason: texts, by: null }, look.values);
  if (judgement.verdict === "failed") return end(held, { state: "failed", reason: `${judgement.why} (${texts})`, by: null }, look.values);
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return;
    await changeRun(tx, run.number, { state: "verifying", proof: judgement.proof });
    if (run.state !== "verifying" || proof.says !== judgement.proof.says) await tell(engine, tx, run, []);
  });
  nudged(engine, run);
  return rest(held, judgement.again);
}

/** It is known how the run ends; what is to be put back is put back first. */
export async function end({ engine, run }: Held, ending: Ending, values: readonly (number | null)[] | null = null): Promise<GoesOn> {
  const after = values ?? (run.wroteAt === null ? null : (await measured(engine, run)).values);
  return engine.connection.db.transaction(async (tx) => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const news = await judged(engine, tx, locked, after);
    // Whoever stopped it while the measures were read has ended it; a proof stands all the same.
    await changeRun(tx, run.number, { ending: ending.state === "succeeded" ? ending : (locked.ending ?? ending) });
    await tell(engine, tx, run, news);
    return true;
  });
}

/** Writes down what steps did to the measures, once these are known after them. */
export async function judged(engine: Engine, tx: Executor, run: Run, after: readonly (number | null)[] | null): Promise<RunNews[]> {
  const news: RunNews[] = [];
  for (const line of await journalOf(tx, [run.number])) {
    if (line.idx < 0 || line.before === null || line.after !== null || line.state !== "finished") continue;
    const values = after ?? line.before.map(() => null);
    await changeLine(tx, line, run.epoch, { after: values });
    const step = run.plan.steps[line.idx]!;
    const effect = helped(run.plan.verify?.promql ?? [], line.before, values);
    const data = { run: run.number, runbook: run.runbook, step: step.id, what: step.uses, effect, before: [...line.before], after: [...values] };
    news.push({ type: "step.finished", data });
  }
  return news;
}

/** The run is over: the target is free, the breaker has counted, people are told, and woken when it did not help. */
export async function finish({ engine, run, journal }: Held, ending: Ending): Promise<GoesOn> {
  const now = engine.clock();
  const stuck = run.plan.steps.filter((_, i) => latest(journal, undoOf(i))?.state === "failed").map(({ id }) => id);
  const state = stuck.length > 0 && ending.state === "succeeded" ? "failed" : ending.state;
  await engine.connection.db.transaction(async (tx) => {
    if (run.asked?.over !== undefined) await lockQuestions(tx);
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return;
    await handOver(tx, locked, now);
    const counts = locked.wroteAt !== null && (state === "succeeded" || state === "failed");
    const open = counts ? await countVerify(tx, run, state === "succeeded", run.plan.limits.breaker, now) : null;
    const reason = [
      ending.reason,
      ...(stuck.length === 0 ? [] : [`could not be put back: ${stuck.join(", ")}`]),
      ...(open === null ? [] : [`nothing more is tried on ${run.target} until ${utcTime(open)} UTC`]),
    ].join("; ");
    await freeLocks(tx, run.number);
    await changeRun(tx, run.number, { state, reason, finishedAt: now, nextAt: null, leaseUntil: null });
    const page = stuck.length > 0 || (state === "failed" && isToBeWoken(locked));
    // Whoever is woken now is not woken again; of one that did nothing, somebody still hears in time.
    if (state === "succeeded" || page) await changeRun(tx, run.number, { escalateAt: null });
    // What could not be put back calls for people, however the run ends.
    await tell(engine, tx, run, [newsOf({ ...locked, state: stuck.length > 0 ? "failed" : state }, journal, reason, page)]);
    await retell(tx, run, now);
  });
  nudged(engine, run);
  return false;
}

/** Whether a run that failed wakes people at once: unless its deadline has done so. */
function isToBeWoken({ plan, wroteAt, escalateAt }: Run): boolean {
  return plan.escalate === null ? wroteAt !== null : escalateAt !== null;
}

function newsOf(run: Run, journal: readonly Journalled[], reason: string, page: boolean): RunNews {
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
function found(run: Run, journal: readonly Journalled[]): string {
  return journal
    .flatMap(({ idx, state, outcome }) => {
      if (idx < 0 || state !== "finished") return [];
      const { value, noData } = (outcome?.output ?? {}) as { value?: unknown; noData?: unknown };
      const id = run.plan.steps[stepOf(idx)]!.id;
      return typeof value === "number" ? [`${id} ${Number(value.toPrecision(3))}`] : noData === true ? [`${id}: no data`] : [];
    })
    .join(", ");
}
