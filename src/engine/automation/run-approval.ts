import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { updateRun, lockRun } from "#db/runs.ts";
import type { ApprovalRequest, Run } from "#domain/automation/run.ts";
import { runId } from "#domain/automation/run.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { approvalObstacle, isFreshSession, needsStepUp } from "#domain/automation/approval.ts";
import { isApiActor } from "#domain/values/api-actor.ts";
import type { Person } from "#domain/values/language.ts";
import { runUrl } from "#engine/base/dashboard-links.ts";
import type { Engine } from "#engine/base/engine.ts";
import { approverRefusal } from "./approvers.ts";
import { approveGroup, denyGroup } from "./group-approval.ts";
import { isRecentAuthor, findRecentAuthors } from "./recent-runbooks.ts";
import { changeRun, dueAtOnce, grantRequest, personActor, refuseRequest, type RunRequestReply } from "./run-change.ts";
import { publishRunEvents } from "./run-publication.ts";

type Answer = Extract<RunRequest, { do: "approve" | "deny" }>;

/** Approves or denies what a run asks for: one of several voices, or the last that was missing. */
export async function answerApproval(engine: Engine, answer: Answer, person: Person): Promise<RunRequestReply> {
  const { run: number, hash } = answer;
  // Asked before the row is locked: the chat may take its time.
  const [before] = await engine.connection.db.transaction(async (tx) => [await lockRun(tx, number, null)]);
  const [stored] = before?.incident == null ? [] : await incidentsByNumber(engine.connection.db, [before.incident]);
  const notAllowed =
    before?.asked == null ? null : await approverRefusal(engine, before.asked.from, person, stored?.state ?? null);
  const decide = async (tx: QueryExecutor, run: Run): Promise<RunRequestReply> => {
    const { asked: approval } = run;
    if (run.state !== "waiting-approval" || approval === null)
      return refuseRequest(`${runId(number)} asks for nothing now.`);
    if (before?.asked?.hash !== approval.hash || (hash !== null && !approval.hash.startsWith(hash)))
      return refuseRequest(`${runId(number)} asks for something else by now: look again.`);
    if (notAllowed !== null) return refuseRequest(notAllowed);
    // A token's holder chooses their own name: two names are not two people.
    if (answer.do === "approve" && isApiActor(person))
      return refuseRequest("The API's token is nobody in particular: approve it in the chat, or on the dashboard.");
    if (approval.ledBy !== undefined)
      return refuseRequest(`${runId(number)} is asked for together with others: answer ${runId(approval.ledBy)}.`);
    if (answer.do === "deny") return deny(engine, tx, run, approval, person);
    const refusal = await refusalNow(engine, tx, run, approval, person, answer.signedInAt ?? null);
    return refusal === null ? approve(engine, tx, run, approval, person) : refuseRequest(refusal);
  };
  return changeRun(engine, number, person, decide, before?.asked?.over !== undefined);
}

async function deny(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  person: Person,
): Promise<RunRequestReply> {
  const step = run.plan.steps[approval.step]!.id;
  const reason = `${person.name} denied ${step}`;
  if (approval.over !== undefined) {
    await denyGroup(engine, tx, run, reason, personActor(person));
    return grantRequest(`All ${approval.over.length} runs end without ${step}.`);
  }
  await updateRun(tx, run.number, {
    state: "running",
    ending: { state: "canceled", reason, by: personActor(person) },
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
  const obstacle = approvalObstacle(run, approval, person, {
    now,
    stepUp: needsStepUp(run, engine.policy()) && !isFreshSession(signedInAt ?? -Infinity, now),
    recentAuthor: isRecentAuthor(engine.policy(), await findRecentAuthors(engine, tx, run), person),
  });
  if (obstacle?.kind !== "step-up") return obstacle?.text ?? null;
  return engine.signIn === true
    ? `This is of high risk: approve it on ${runUrl(engine, run.number)}, where you sign in anew.`
    : `This is of high risk, and is approved on the dashboard by people who sign in${engine.signInSettings == null ? "" : `: ${engine.signInSettings}`}. Whoever runs Muster may let a click in the chat do: automation.stepUp: false.`;
}

async function approve(
  engine: Engine,
  tx: QueryExecutor,
  run: Run,
  approval: ApprovalRequest,
  person: Person,
): Promise<RunRequestReply> {
  const step = run.plan.steps[approval.step]!.id;
  const by = [...approval.by, { id: person.id, name: person.name }];
  const left = approval.count - by.length;
  const publishApproval = (missing: number): Promise<void> => {
    const data = { run: run.number, runbook: run.runbook, step, left: missing };
    return publishRunEvents(engine, tx, run, [{ type: "run.approved", data }], personActor(person));
  };
  if (left <= 0 && approval.over !== undefined) {
    const count = await approveGroup(engine, tx, run, by);
    await publishApproval(0);
    return grantRequest(`Approved: ${step} of ${count} runs, one after another.`);
  }
  await updateRun(tx, run.number, {
    asked: { ...approval, by },
    ...(left > 0 ? {} : { state: "running" as const, ...dueAtOnce(engine, run) }),
  });
  await publishApproval(left);
  return grantRequest(
    left > 0 ? `Approved; ${left} more must agree.` : `Approved: ${step} of ${runId(run.number)} starts.`,
  );
}
