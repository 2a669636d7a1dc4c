import { appendAudit } from "#db/audit/audit-entries.ts";
import { enqueueEffects } from "#db/effects.ts";
import { findIncidents } from "#db/search/incident-search.ts";
import { countRunOutcomes, switchAutomation } from "#db/run-limits.ts";
import { updateJournalLine, updateRun, loadJournal, listRuns } from "#db/runs.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { OPEN_STATUSES, priorityRank, type Actor, type Person } from "#domain/values/language.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { latestAttempt, lineName, stepLabel } from "#domain/automation/run-next.ts";
import { NO_RUN_RECORD, describeRecord, describeTrust } from "#domain/automation/run-trust.ts";
import { runId } from "#domain/automation/run.ts";
import type { Engine } from "#engine/base/engine.ts";
import { snoozeApproval } from "./approval-messages.ts";
import { answerApproval } from "./run-approval.ts";
import {
  changeRun,
  dueAtOnce,
  grantRequest,
  personActor,
  refuseRequest,
  type RunAsking,
  type RunRequestReply,
  type RunTransaction,
} from "./run-change.ts";
import { beginRun, performSuggestion } from "./run-beginning.ts";
import { forcedKillSwitch, describeKillSwitches } from "./kill-switch.ts";
import { auditRunRequest } from "./run-audit.ts";
import { publishRunEvents } from "./run-publication.ts";

/** Headers that a switch updates at once; the others show it with their next change. */
const HEADERS = 200;

/**
 * Runs a request about runbooks at once: the answer describes what is committed. The audit log has each, with its result.
 * @param transact what does it in a transaction; one that records the request does it once however often it is delivered
 */
export async function answerRunRequest(
  engine: Engine,
  request: RunRequest,
  person: Person & Pick<Actor, "via">,
  incident: Incident | null,
  transact: RunTransaction = (work) => engine.connection.db.transaction(work),
): Promise<RunRequestReply> {
  let isAsked = false;
  const asking: RunAsking = {
    actor: personActor(person),
    incident,
    // What is done is recorded with the doing; a delivery that is a repetition does not come to this.
    transact: (work) => {
      isAsked = true;
      return transact(async (tx) => {
        const reply = await work(tx);
        await appendAudit(tx, [auditRunRequest(engine, request, person, incident, reply)]);
        return reply;
      });
    },
  };
  const reply = await executeRunRequest(engine, request, asking);
  if (!isAsked) await appendAudit(engine.connection.db, [auditRunRequest(engine, request, person, incident, reply)]);
  return reply;
}

function executeRunRequest(
  engine: Engine,
  request: RunRequest,
  asking: RunAsking,
): RunRequestReply | Promise<RunRequestReply> {
  switch (request.do) {
    case "list":
      return list(engine);
    case "show":
      return show(engine, request.name);
    case "run":
      return beginRun(engine, request, asking);
    case "perform":
      return performSuggestion(engine, request.run, asking);
    case "approve":
    case "deny":
      return answerApproval(engine, request, asking);
    case "cancel":
      return cancel(engine, request.run, asking);
    case "settle":
      return settleUnknown(engine, request, asking);
    case "snooze":
      return snoozeApproval(engine, request, asking);
    case "switch":
      return turn(engine, request, asking);
  }
}

async function list(engine: Engine): Promise<RunRequestReply> {
  const { db } = engine.connection;
  const runbooks = engine.automation?.catalogue().runbooks.filter(({ documentation }) => !documentation) ?? [];
  if (runbooks.length === 0)
    return grantRequest("There are no runbooks that can run. MUSTER_RUNBOOKS says where they are.");
  const records = await countRunOutcomes(
    db,
    runbooks.map(({ id, sha256 }) => ({ runbook: id, sha: sha256 })),
  );
  const off = await describeKillSwitches(engine, db);
  const live = (await listRuns(db, { live: true, limit: 20 })).map(
    ({ number, runbook, target, state }) => `${runId(number)} ${runbook} on ${target}: ${state}`,
  );
  const lines = runbooks.map(({ id, mode, title }) => {
    const record = records.get(id) ?? NO_RUN_RECORD;
    return `${id}: ${title} (${describeTrust(mode, record)}, ${describeRecord(record)})`;
  });
  return grantRequest([...lines, ...live, ...off].join("\n"));
}

function show(engine: Engine, name: string): RunRequestReply {
  const runbook = engine.automation?.catalogue().runbooks.find(({ id }) => id === name);
  if (runbook === undefined) return refuseRequest(`There is no runbook ${name}. \`runbook list\` has them all.`);
  const text = runbook.sections.flatMap(({ heading, depth, parts }) => [
    `${"#".repeat(depth)} ${heading}`,
    ...parts.map((part) =>
      part.kind === "text" ? part.markdown : part.kind === "step" ? `▶ step ${part.id}` : "▶ verify",
    ),
  ]);
  return grantRequest(text.join("\n").slice(0, 2_900));
}

function cancel(engine: Engine, number: number, asking: RunAsking): Promise<RunRequestReply> {
  const { actor } = asking;
  return changeRun(engine, number, asking, async (tx, run) => {
    if (run.state === "unknown")
      return refuseRequest(
        `Nobody knows whether a step of ${runId(number)} happened: say that first (\`runbook happened\`, \`again\` or \`stop\`).`,
      );
    if (run.ending !== null) return refuseRequest(`${runId(number)} is ending already.`);
    await updateRun(tx, number, {
      state: "running",
      ending: { state: "canceled", reason: `${actor.name} stopped it`, by: actor },
      ...dueAtOnce(engine, run),
    });
    return grantRequest(`${runId(number)} stops: what is at work is finished, nothing more is begun.`);
  });
}

function settleUnknown(
  engine: Engine,
  { run: number, answer, of = null }: Extract<RunRequest, { do: "settle" }>,
  asking: RunAsking,
): Promise<RunRequestReply> {
  const { actor } = asking;
  return changeRun(engine, number, asking, async (tx, run) => {
    const journal = await loadJournal(tx, [number]);
    const line = journal.find((each) => each.state === "unknown" && latestAttempt(journal, each.idx) === each);
    if (run.state !== "unknown" || line === undefined) return refuseRequest(`${runId(number)} does not ask that.`);
    if (of !== null && of !== lineName(line))
      return refuseRequest(`${runId(number)} asks about something else by now: look again.`);
    const now = engine.clock();
    const step = stepLabel(run, line.idx);
    if (answer === "happened")
      await updateJournalLine(tx, line, run.epoch, {
        state: "finished",
        outcome: { output: {}, says: `${actor.name} says it happened` },
        finishedAt: now,
      });
    else
      await updateJournalLine(tx, line, run.epoch, {
        state: "failed",
        outcome:
          answer === "again"
            ? { says: `${actor.name} says it did not happen`, retry: true, proved: true }
            : { says: `stopped by ${actor.name}` },
        finishedAt: now,
      });
    const ending =
      answer === "stop" && run.ending === null
        ? { ending: { state: "canceled" as const, reason: `${actor.name} stopped it`, by: actor } }
        : {};
    await updateRun(tx, number, { state: "running", nextAt: now, reason: "", ...ending });
    await publishRunEvents(
      engine,
      tx,
      run,
      [{ type: "run.settled", data: { run: number, runbook: run.runbook, step, answer } }],
      actor,
    );
    return grantRequest(answer === "stop" ? `${runId(number)} stops.` : `${runId(number)} goes on.`);
  });
}

/** A hint for a switch with a name that is probably not the intended one; "" otherwise. */
function unknownSwitchTarget(engine: Engine, { scope, name, on }: Extract<RunRequest, { do: "switch" }>): string {
  const isRunbook = engine.automation?.catalogue().runbooks.some(({ id }) => id === name) === true;
  if (on || scope === "all") return "";
  if (scope === "service")
    return isRunbook ? ` But ${name} is a runbook, and that is still on: say \`automation off runbook ${name}\`.` : "";
  return isRunbook ? "" : ` But there is no runbook ${name} now: \`runbook list\` has them all.`;
}

async function turn(
  engine: Engine,
  request: Extract<RunRequest, { do: "switch" }>,
  { actor, transact }: RunAsking,
): Promise<RunRequestReply> {
  const { scope, name, on } = request;
  const now = engine.clock();
  const of = scope === "all" ? "everything" : name;
  const reply = await transact(async (tx) => {
    if (!(await switchAutomation(tx, { scope, name }, on ? null : { by: actor, at: now })))
      return refuseRequest(`Automation is ${on ? "not off" : "off already"} for ${of}.`);
    // The header of each shows whether automation is on.
    const shown = await findIncidents(
      tx,
      { status: OPEN_STATUSES, withChannel: true, limit: HEADERS },
      ({ archived }) => !archived,
    );
    await enqueueEffects(
      tx,
      shown.map(({ state }) => ({
        effect: { type: "chat.header" },
        incident: state.number,
        urgency: priorityRank(state.priority),
      })),
      now,
    );
    return grantRequest(
      on
        ? `Automation may go on for ${of}.${forcedKillSwitch(engine) === null ? "" : " Nothing starts all the same: Muster was started with MUSTER_AUTOMATION=off."}`
        : `Automation is off for ${of}: no step starts from now on; what runs are to put back at their end is put back. \`automation on${scope === "all" ? "" : ` ${scope === "runbook" ? "runbook " : ""}${name}`}\` ends that.${unknownSwitchTarget(engine, request)}`,
    );
  });
  engine.wakeLane("chat", { urgency: 2, delayMs: 0 });
  return reply;
}
