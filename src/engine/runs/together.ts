import { createHash } from "node:crypto";
import type { Executor } from "#db/client.ts";
import { byNumber } from "#db/incidents.ts";
import { askingNow, changeRun, lockQuestions, lockRun, wakeLed } from "#db/runs.ts";
import type { Actor, Person } from "#domain/language.ts";
import type { Asked, Run, Together } from "#domain/run.ts";
import type { Engine } from "#engine/engine.ts";
import { tooLate, type Wanted } from "./asking.ts";
import type { GoesOn, Held } from "./held.ts";
import { nudged, tell } from "./tell.ts";

// Trouble of the whole: runs of one runbook that nobody asked for are one question, asked by the first of them.

/** More targets than anybody reads before they press a button. */
const MOST = 50;
/** Whoever approves once approves for so long at most, however slowly the budget lets the runs through. */
const LONGEST = 4 * 3_600_000;

/**
 * Joins the question that another run of this runbook asks, or asks it. What is approved is bound to all plans: one more
 * target makes it another question, and whoever answered before answers again.
 */
export async function askTogether({ engine, run }: Held, index: number, wanted: Wanted): Promise<GoesOn> {
  const now = engine.clock();
  const step = run.plan.steps[index]!.id;
  const goesOn = await engine.connection.db.transaction(async (tx): Promise<GoesOn> => {
    await lockQuestions(tx);
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    const me: Together = { run: run.number, target: run.target, hash: wanted.hash };
    const mine = locked.asked?.step === index && locked.asked.group !== undefined && ownHash(locked) === wanted.hash ? locked.asked : null;
    if (mine !== null && now >= mine.until) {
      await changeRun(tx, run.number, { ending: tooLate(mine, step) });
      return true;
    }
    const stay = async (asked: Asked): Promise<GoesOn> => {
      await changeRun(tx, run.number, { state: "waiting-approval", asked, systemic: true, nextAt: asked.until, leaseUntil: null, reason: "" });
      return false;
    };
    if (mine?.over !== undefined) return stay(mine);
    // Without groups, whoever responds to the incident may answer: for that one only.
    const alone = run.incident !== null && (wanted.from.length === 0 || (await isPrivate(tx, run)));
    const group = JSON.stringify([step, wanted.from, alone ? run.incident : null]);
    const question = { step: index, from: wanted.from, count: wanted.count, why: wanted.why, does: wanted.does, by: [], group };
    const open = (await askingNow(tx, run.runbook)).filter(({ number, asked }) => number !== run.number && asked?.group === group && asked.over !== undefined);
    const known = open.find(
      ({ number, asked }) => number === mine?.ledBy && asked!.over!.some(({ run: each, hash }) => each === run.number && hash === wanted.hash),
    );
    if (known !== undefined) return stay(mine!);
    // A question that is nearly over is no place for a new target: people would hardly see it.
    const leader = open.find(({ asked }) => asked!.until - now >= wanted.expires / 2 && asked!.over!.length < MOST);
    if (leader === undefined) {
      // Whose leader has gone asks in its place, and not for longer.
      const until = mine?.until ?? now + wanted.expires;
      const asked: Asked = { ...question, hash: hashOf([me]), until, over: [me] };
      const data = { run: run.number, runbook: run.runbook, step, why: wanted.why, from: [...wanted.from], count: wanted.count, until };
      await stay(asked);
      await tell(engine, tx, run, [{ type: "run.requested", data }]);
      return false;
    }
    const over = [...leader.asked!.over!.filter(({ run: each }) => each !== run.number), me];
    const count = Math.max(leader.asked!.count, wanted.count);
    await changeRun(tx, leader.number, { asked: { ...leader.asked!, over, count, hash: hashOf(over), by: [] } });
    await tell(engine, tx, leader, []);
    await stay({ ...question, hash: wanted.hash, until: leader.asked!.until, ledBy: leader.number });
    await tell(engine, tx, run, []);
    return false;
  });
  nudged(engine, run);
  return goesOn;
}

function hashOf(over: readonly Together[]): string {
  const all = over.map(({ run, hash }) => [run, hash]).toSorted(([a], [b]) => Number(a) - Number(b));
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

/** What this run alone would do of what is asked. */
function ownHash({ number, asked }: Run): string | undefined {
  return asked?.over === undefined ? asked?.hash : asked.over.find(({ run }) => run === number)?.hash;
}

/** Lets every run that was asked for start; the limits let them through one after another. Answers how many. */
export async function release(engine: Engine, tx: Executor, leader: Run, by: readonly Person[]): Promise<number> {
  const over = leader.asked?.over ?? [];
  const now = engine.clock();
  const { writeBudget, domainBudget } = engine.policy().automation;
  const until = now + Math.min(LONGEST, leader.asked!.until - now + over.length * Math.max(writeBudget.per, domainBudget.per));
  let released = 0;
  for (const { run: number, hash } of over) {
    const run = number === leader.number ? leader : await lockRun(tx, number, null);
    if (run === null || !isLed(run, leader.number) || ownHash(run) !== hash) continue;
    const { over: _, ledBy: __, ...asked } = run.asked!;
    await changeRun(tx, number, { asked: { ...asked, hash, by, until, count: leader.asked!.count }, state: "running", ...dueNow(run, now) });
    if (number !== leader.number) await tell(engine, tx, run, []);
    released++;
  }
  return released;
}

/** Ends every run that was asked for. */
export async function denyAll(engine: Engine, tx: Executor, leader: Run, reason: string, by: Actor): Promise<void> {
  for (const { run: number } of leader.asked?.over ?? []) {
    const run = number === leader.number ? leader : await lockRun(tx, number, null);
    if (run === null || !isLed(run, leader.number)) continue;
    await changeRun(tx, number, { state: "running", ending: { state: "canceled", reason, by }, ...dueNow(run, engine.clock()) });
  }
}

/** The run that asked is over: one of the others asks in its place. To be called with the questions locked. */
export async function handOver(tx: Executor, leader: Run, now: number): Promise<void> {
  if (leader.asked?.over === undefined) return;
  await wakeLed(
    tx,
    leader.asked.over.flatMap(({ run }) => (run === leader.number ? [] : [run])),
    now,
  );
}

function isLed({ number, state, asked, ending }: Run, leader: number): boolean {
  return state === "waiting-approval" && ending === null && (number === leader || asked?.ledBy === leader);
}

function dueNow({ leaseUntil }: Run, now: number): { readonly nextAt?: number } {
  return leaseUntil === null ? { nextAt: now } : {};
}

/** What is private is not told where others read it. */
async function isPrivate(tx: Executor, { incident }: Run): Promise<boolean> {
  const [stored] = await byNumber(tx, [incident!]);
  return stored?.state.private === true;
}
