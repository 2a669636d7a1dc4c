import { createHash } from "node:crypto";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { wakeGroupMembers } from "#db/due-work.ts";
import { lockGroupApprovals, updateRun, lockApprovals, lockRun } from "#db/runs.ts";
import { HOUR_MS } from "#domain/values/duration.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import type { ApprovalRequest, Run, GroupedRun } from "#domain/automation/run.ts";
import type { Engine } from "#engine/base/engine.ts";
import { approvalRequested, approvalTimeout, type ApprovalTerms } from "./approval-request.ts";
import type { ContinuesRun, ClaimedRun } from "./claimed-run.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

// Trouble of the whole: runs of one runbook that no one asked for are one question, asked by the first of them.

/** More targets than anyone reads before they press a button. */
const MAX_RUNS = 50;
/** Whoever approves once approves for so long at most, however slowly the budget lets the runs through. */
const MAX_DURATION_MS = 4 * HOUR_MS;

/** A question as every run of its group asks it, but for what it is bound to and for how long. */
type GroupQuestion = Omit<ApprovalRequest, "hash" | "until" | "over" | "ledBy"> & { readonly group: string };

/**
 * Joins the question that another run of this runbook asks, or asks it. What is approved is bound to all plans: one more
 * target makes it another question, and whoever answered before answers again.
 */
export async function requestGroupApproval(
  { engine, run }: ClaimedRun,
  index: number,
  wanted: ApprovalTerms,
): Promise<ContinuesRun> {
  const now = engine.clock();
  const continues = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    await lockApprovals(tx);
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    const ownRuns =
      locked.asked?.step === index && locked.asked.group !== undefined && ownHash(locked) === wanted.hash
        ? locked.asked
        : null;
    if (ownRuns !== null && now >= ownRuns.until) {
      await updateRun(tx, run.number, { ending: approvalTimeout(ownRuns, run.plan.steps[index]!.id) });
      return true;
    }
    if (ownRuns?.over === undefined)
      await joinOrAsk(engine, tx, run, await questionOf(tx, run, index, wanted), wanted, ownRuns);
    else await waitForAnswer(tx, run, ownRuns);
    return false;
  });
  wakeRunLanes(engine, run);
  return continues;
}

async function questionOf(tx: QueryExecutor, run: Run, index: number, wanted: ApprovalTerms): Promise<GroupQuestion> {
  const { from, count, why: reason, does } = wanted;
  // Without groups, whoever responds to the incident may answer: for that one only.
  const alone = run.incident !== null && (from.length === 0 || (await isPrivate(tx, run)));
  const group = JSON.stringify([run.plan.steps[index]!.id, from, alone ? run.incident : null]);
  return { step: index, from, count, why: reason, does, by: [], group };
}

/** `mine`: what this run asked before, while another one led. */
async function joinOrAsk(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  question: GroupQuestion,
  { hash, expires }: ApprovalTerms,
  ownRuns: ApprovalRequest | null,
): Promise<void> {
  const now = engine.clock();
  const open = (await lockGroupApprovals(tx, run.runbook)).filter(
    ({ number, asked: approval }) =>
      number !== run.number && approval?.group === question.group && approval.over !== undefined,
  );
  const known = open.find(
    ({ number, asked: approval }) =>
      number === ownRuns?.ledBy && approval!.over!.some((each) => each.run === run.number && each.hash === hash),
  );
  if (known !== undefined) return waitForAnswer(tx, run, ownRuns!);
  // A question that is nearly over is no place for a new target: people would hardly see it.
  const leader = open.find(
    ({ asked: approval }) => approval!.until - now >= expires / 2 && approval!.over!.length < MAX_RUNS,
  );
  // Whose leader has gone asks in its place, and not for longer.
  if (leader === undefined) return askFirst(engine, tx, run, question, hash, ownRuns?.until ?? now + expires);
  return joinLeader(engine, tx, run, question, hash, leader);
}

async function askFirst(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  question: GroupQuestion,
  hash: string,
  until: number,
): Promise<void> {
  const me: GroupedRun = { run: run.number, target: run.target, hash };
  await waitForAnswer(tx, run, { ...question, hash: hashOf([me]), until, over: [me] });
  await publishRunEvents(engine, tx, run, [approvalRequested(run, question, until)]);
}

async function joinLeader(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  question: GroupQuestion,
  hash: string,
  leader: Run,
): Promise<void> {
  const me: GroupedRun = { run: run.number, target: run.target, hash };
  const over = [...leader.asked!.over!.filter((each) => each.run !== run.number), me];
  const count = Math.max(leader.asked!.count, question.count);
  await updateRun(tx, leader.number, { asked: { ...leader.asked!, over, count, hash: hashOf(over), by: [] } });
  await publishRunEvents(engine, tx, leader, []);
  await waitForAnswer(tx, run, { ...question, hash, until: leader.asked!.until, ledBy: leader.number });
  await publishRunEvents(engine, tx, run, []);
}

async function waitForAnswer(tx: QueryExecutor, run: Run, approval: ApprovalRequest): Promise<void> {
  await updateRun(tx, run.number, {
    state: "waiting-approval",
    asked: approval,
    systemic: true,
    nextAt: approval.until,
    leaseUntil: null,
    reason: "",
  });
}

function hashOf(over: readonly GroupedRun[]): string {
  const all = over.map(({ run, hash }) => [run, hash]).toSorted(([a], [b]) => Number(a) - Number(b));
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

/** What this run alone would do of what is asked. */
function ownHash({ number, asked: approval }: Run): string | undefined {
  return approval?.over === undefined ? approval?.hash : approval.over.find(({ run }) => run === number)?.hash;
}

/** Lets every run that was asked for start; the limits let them through one after another. Answers how many. */
export async function approveGroup(
  engine: Engine,
  tx: QueryExecutor,
  leader: Run,
  by: readonly Person[],
): Promise<number> {
  const over = leader.asked?.over ?? [];
  const now = engine.clock();
  const { writeBudget, domainBudget } = engine.policy().automation;
  const until =
    now +
    Math.min(MAX_DURATION_MS, leader.asked!.until - now + over.length * Math.max(writeBudget.per, domainBudget.per));
  let released = 0;
  for (const { run: number, hash } of over) {
    const run = number === leader.number ? leader : await lockRun(tx, number, null);
    if (run === null || !isLed(run, leader.number) || ownHash(run) !== hash) continue;
    const { over: _, ledBy: __, ...approval } = run.asked!;
    await updateRun(tx, number, {
      asked: { ...approval, hash, by, until, count: leader.asked!.count },
      state: "running",
      ...dueNow(run, now),
    });
    if (number !== leader.number) await publishRunEvents(engine, tx, run, []);
    released++;
  }
  return released;
}

/** Ends every run that was asked for. */
export async function denyGroup(
  engine: Engine,
  tx: QueryExecutor,
  leader: Run,
  reason: string,
  by: Actor,
): Promise<void> {
  for (const { run: number } of leader.asked?.over ?? []) {
    const run = number === leader.number ? leader : await lockRun(tx, number, null);
    if (run === null || !isLed(run, leader.number)) continue;
    await updateRun(tx, number, {
      state: "running",
      ending: { state: "canceled", reason, by },
      ...dueNow(run, engine.clock()),
    });
  }
}

/** The run that asked is over: one of the others asks in its place. To be called with the questions locked. */
export async function handOverApproval(tx: QueryExecutor, leader: Run, now: number): Promise<void> {
  if (leader.asked?.over === undefined) return;
  await wakeGroupMembers(
    tx,
    leader.asked.over.flatMap(({ run }) => (run === leader.number ? [] : [run])),
    now,
  );
}

function isLed({ number, state, asked: approval, ending }: Run, leader: number): boolean {
  return state === "waiting-approval" && ending === null && (number === leader || approval?.ledBy === leader);
}

function dueNow({ leaseUntil }: Run, now: number): { readonly nextAt?: number } {
  return leaseUntil === null ? { nextAt: now } : {};
}

/** What is private is not told where others read it. */
async function isPrivate(tx: QueryExecutor, { incident }: Run): Promise<boolean> {
  const [stored] = await incidentsByNumber(tx, [incident!]);
  return stored?.state.private === true;
}
