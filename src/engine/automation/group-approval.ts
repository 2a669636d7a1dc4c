import { createHash } from "node:crypto";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { wakeGroupMembers } from "#db/due-work.ts";
import { lockGroupApprovals, updateRun, lockApprovals, lockRun } from "#db/runs.ts";
import {
  approveMembers,
  decideGroupApproval,
  followersOf,
  ledBy,
  type GroupApprovalMove,
} from "#domain/automation/approval-group.ts";
import type { ApprovalTerms } from "#domain/automation/approval.ts";
import type { ApprovalRequest, Run } from "#domain/automation/run.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { approvalRequested } from "./approval-request.ts";
import type { ContinuesRun, ClaimedRun } from "./claimed-run.ts";
import { dueAtOnce } from "./run-change.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";

/** Asks people about a run together with others like it; src/domain/automation/approval-group.ts decides with which. */
export async function requestGroupApproval(
  { engine, run }: ClaimedRun,
  index: number,
  wanted: ApprovalTerms,
): Promise<ContinuesRun> {
  const continues = await engine.connection.db.transaction(async (tx): Promise<ContinuesRun> => {
    await lockApprovals(tx);
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const memory = {
      now: engine.clock(),
      run: locked,
      isPrivate: await isPrivate(tx, locked),
      questions: await lockGroupApprovals(tx, locked.runbook),
    };
    return carryOut(engine, tx, run, decideGroupApproval(memory, index, wanted, digestOf));
  });
  wakeRunLanes(engine, run);
  return continues;
}

async function carryOut(engine: Engine, tx: QueryExecutor, run: Run, move: GroupApprovalMove): Promise<ContinuesRun> {
  switch (move.do) {
    case "go-on":
      return true;
    case "end":
      await updateRun(tx, run.number, { ending: move.ending });
      return true;
    case "wait":
      await waitForAnswer(tx, run, move.asked);
      return false;
    case "ask":
      await waitForAnswer(tx, run, move.asked);
      await publishRunEvents(engine, tx, run, [approvalRequested(run, move.asked)]);
      return false;
    case "join":
      await updateRun(tx, move.leader.number, { asked: move.leads });
      await publishRunEvents(engine, tx, move.leader, []);
      await waitForAnswer(tx, run, move.asked);
      await publishRunEvents(engine, tx, run, []);
      return false;
  }
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

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Lets every run of the group start; the limits admit them one after another. Answers how many. */
export async function approveGroup(
  engine: Engine,
  tx: QueryExecutor,
  leader: Run,
  by: readonly Person[],
): Promise<number> {
  const members = await lockMembers(tx, leader);
  const approved = approveMembers(leader, members, by, engine.policy().automation, engine.clock());
  for (const { run, asked } of approved) {
    await updateRun(tx, run.number, { asked, state: "running", ...dueAtOnce(engine, run) });
    if (run.number !== leader.number) await publishRunEvents(engine, tx, run, []);
  }
  return approved.length;
}

/** Ends every run that was asked for. */
export async function denyGroup(
  engine: Engine,
  tx: QueryExecutor,
  leader: Run,
  reason: string,
  by: Actor,
): Promise<void> {
  for (const run of ledBy(leader, await lockMembers(tx, leader)))
    await updateRun(tx, run.number, {
      state: "running",
      ending: { state: "canceled", reason, by },
      ...dueAtOnce(engine, run),
    });
}

/** Every run that a question is about, the one that asks included, as they are now. */
async function lockMembers(tx: QueryExecutor, leader: Run): Promise<readonly Run[]> {
  const members: Run[] = [];
  for (const { run: number } of leader.asked?.over ?? []) {
    const run = number === leader.number ? leader : await lockRun(tx, number, null);
    if (run !== null) members.push(run);
  }
  return members;
}

/** The run with the request has ended: another one asks in its place. Call it with the requests locked. */
export async function handOverApproval(tx: QueryExecutor, leader: Run, now: number): Promise<void> {
  await wakeGroupMembers(tx, followersOf(leader), now);
}

async function isPrivate(tx: QueryExecutor, { incident }: Run): Promise<boolean> {
  const [stored] = incident === null ? [] : await incidentsByNumber(tx, [incident]);
  return stored?.state.private === true;
}
