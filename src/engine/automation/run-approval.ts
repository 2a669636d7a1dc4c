import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { updateRun, lockRun } from "#db/runs.ts";
import type { ApprovalRequest, Run } from "#domain/automation/run.ts";
import { runId } from "#domain/automation/run.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { approvalObstacle, isFreshSession, needsStepUp } from "#domain/automation/approval.ts";
import { isApiActor } from "#domain/values/api-actor.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import { runUrl } from "#engine/base/dashboard-links.ts";
import type { Engine } from "#engine/base/engine.ts";
import { approverRefusal, isAskedByStranger, type ApproverReads } from "./approvers.ts";
import { approveGroup, denyGroup } from "./group-approval.ts";
import { isRecentAuthor, findRecentAuthors } from "./recent-runbooks.ts";
import {
  changeRun,
  dueAtOnce,
  grantRequest,
  refuseRequest,
  type RunAsking,
  type RunRequestReply,
} from "./run-change.ts";
import { publishRunEvents } from "./run-publication.ts";
import { isSamePerson } from "#domain/policy/people.ts";

type ObstacleReads = Pick<Engine, "automation" | "clock" | "policy">;

type Answer = Extract<RunRequest, { do: "approve" | "deny" }>;

/** Approves or denies what a run asks for: one of several voices, or the last that was missing. */
export async function answerApproval(engine: Engine, answer: Answer, asking: RunAsking): Promise<RunRequestReply> {
  const { actor } = asking;
  const { run: number, hash } = answer;
  // Asked before the row is locked: the chat may take its time.
  const [before] = await engine.connection.db.transaction(async (tx) => [await lockRun(tx, number, null)]);
  const [stored] = before?.incident == null ? [] : await incidentsByNumber(engine.connection.db, [before.incident]);
  const notAllowed =
    before?.asked == null ? null : await approverRefusal(engine, before.asked.from, actor, stored?.state ?? null);
  const decide = async (tx: QueryExecutor, run: Run): Promise<RunRequestReply> => {
    const { asked: approval } = run;
    if (run.state !== "waiting-approval" || approval === null)
      return refuseRequest(`${runId(number)} asks for nothing now.`);
    if (before?.asked?.hash !== approval.hash || (hash !== null && !approval.hash.startsWith(hash)))
      return refuseRequest(`${runId(number)} asks for something else by now: look again.`);
    if (notAllowed !== null) return refuseRequest(notAllowed);
    // A token's holder chooses their own name: two names are not two people.
    if (answer.do === "approve" && isApiActor(actor))
      return refuseRequest("The API's token is nobody in particular: approve it in the chat, or on the dashboard.");
    if (approval.ledBy !== undefined) return refuseRequest(answeredWith(run, approval.ledBy));
    if (answer.do === "deny") return deny(engine, tx, run, approval, actor);
    const refusal = await refusalNow(engine, tx, run, approval, actor, answer.signedInAt ?? null);
    return refusal === null ? approve(engine, tx, run, approval, actor) : refuseRequest(refusal);
  };
  return changeRun(engine, number, asking, decide, before?.asked?.over !== undefined);
}

async function deny(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  actor: Actor,
): Promise<RunRequestReply> {
  const step = run.plan.steps[approval.step]!.id;
  const reason = `${actor.name} denied ${step}`;
  if (approval.over !== undefined) {
    await denyGroup(engine, tx, run, reason, actor);
    return grantRequest(`All ${approval.over.length} runs end without ${step}.`);
  }
  await updateRun(tx, run.number, {
    state: "running",
    ending: { state: "canceled", reason, by: actor },
    ...dueAtOnce(engine, run),
  });
  return grantRequest(`${runId(run.number)} ends without ${step}.`);
}

/** Why this person's approval does not count now, or null. `signedInAt`: when their session began; null in the chat. */
async function refusalNow(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  person: Person,
  signedInAt: number | null,
): Promise<string | null> {
  const now = engine.clock();
  const stepUp = needsStepUp(run, engine.policy()) && !isFreshSession(signedInAt ?? -Infinity, now);
  const obstacle = await obstacleNow(engine, tx, run, approval, person, stepUp);
  if (obstacle?.kind !== "step-up") return obstacle?.text ?? null;
  return engine.signIn === true
    ? `This is of high risk: approve it on ${runUrl(engine, run.number)}, where you sign in anew.`
    : `This is of high risk, and is approved on the dashboard by people who sign in${engine.signInSettings == null ? "" : `: ${engine.signInSettings}`}. Whoever runs Muster may let a click in the chat do: automation.stepUp: false.`;
}

async function obstacleNow(
  engine: ObstacleReads,
  db: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  person: Person,
  stepUp: boolean,
): Promise<ReturnType<typeof approvalObstacle>> {
  const policy = engine.policy();
  return approvalObstacle(run, approval, person, {
    now: engine.clock(),
    stepUp,
    recentAuthor: isRecentAuthor(policy, await findRecentAuthors(engine, db, run), person),
    isSame: (one, other) => isSamePerson(policy, one, other),
  });
}

/** Why a person's approval, and their denial, would be refused; null: it would not. */
export type AnswerRefusals = { readonly approve: string | null; readonly deny: string | null };

/** What a page may offer someone of what a run asks. That a high risk needs a fresh sign-in is not looked at. */
export async function answerRefusals(
  engine: ObstacleReads & ApproverReads,
  run: Run,
  incident: Incident | null,
  person: Person,
): Promise<AnswerRefusals> {
  const { asked: approval } = run;
  if (approval === null) return { approve: null, deny: null };
  const refusal =
    approval.ledBy === undefined
      ? await approverRefusal(engine, approval.from, person, incident)
      : answeredWith(run, approval.ledBy);
  if (refusal !== null) return { approve: refusal, deny: refusal };
  const obstacle = await obstacleNow(engine, engine.connection.db, run, approval, person, false);
  return { approve: obstacle?.kind === "refused" ? obstacle.text : null, deny: null };
}

function answeredWith({ number }: Run, leader: number): string {
  return `${runId(number)} is asked for together with others: answer ${runId(leader)}.`;
}

async function approve(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  actor: Actor,
): Promise<RunRequestReply> {
  const step = run.plan.steps[approval.step]!.id;
  const by = [...approval.by, { id: actor.id, name: actor.name }];
  // A run that an earlier version asked about may say one.
  const count = Math.max(approval.count, isAskedByStranger(engine.policy(), run) ? 2 : 1);
  const left = count - by.length;
  const publishApproval = (missing: number): Promise<void> => {
    const data = { run: run.number, runbook: run.runbook, step, left: missing };
    return publishRunEvents(engine, tx, run, [{ type: "run.approved", data }], actor);
  };
  if (left <= 0 && approval.over !== undefined) {
    const runs = await approveGroup(engine, tx, run, by);
    await publishApproval(0);
    return grantRequest(
      runs === 1
        ? `Approved: ${step} of ${runId(run.number)} starts.`
        : `Approved: ${step} of ${runs} runs, one after another.`,
    );
  }
  await updateRun(tx, run.number, {
    asked: { ...approval, by, count },
    ...(left > 0 ? {} : { state: "running" as const, ...dueAtOnce(engine, run) }),
  });
  await publishApproval(left);
  return grantRequest(
    left > 0 ? `Approved; ${left} more must agree.` : `Approved: ${step} of ${runId(run.number)} starts.`,
  );
}
