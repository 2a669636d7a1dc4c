import { listAlerts } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { enqueueEffects } from "#db/effects.ts";
import { incidentsByNumber, listIncidents } from "#db/incidents.ts";
import { countRunOutcomes, switchAutomation } from "#db/run-limits.ts";
import { insertRuns, updateJournalLine, updateRun, loadJournal, listRuns, lockApprovals, lockRun } from "#db/runs.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { OPEN_STATUSES, priorityRank, type Actor, type Person } from "#domain/values/language.ts";
import { isResponder } from "#domain/response/permission.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import { latestAttempt, lineName, stepLabel } from "#domain/automation/run-next.ts";
import { NO_RUN_RECORD, describeRecord, describeTrust } from "#domain/automation/run-trust.ts";
import { isRunOver, runId, type Run } from "#domain/automation/run.ts";
import { isFreshSession, needsStepUp } from "#domain/automation/step-up.ts";
import { runUrl } from "#engine/loop/dashboard-links.ts";
import type { Engine } from "#engine/loop/engine.ts";
import { isApprover } from "./approvers.ts";
import { buildRun } from "./runbook-matching.ts";
import { forcedKillSwitch, describeKillSwitches } from "./kill-switch.ts";
import { wakeRunLanes, publishRunEvents } from "./run-publication.ts";
import { denyGroup, approveGroup } from "./group-approval.ts";
import { isRecentAuthor, findRecentAuthors } from "./recent-runbooks.ts";

/** In words, for whoever asked. */
export type RunRequestReply = { readonly ok: boolean; readonly text: string };

/** Headers that a switch changes at once; the others say it when they change next. */
const HEADERS = 200;

const no = (text: string): RunRequestReply => ({ ok: false, text });
const yes = (text: string): RunRequestReply => ({ ok: true, text });

/** Does what somebody asks of runbooks, at once: what they are told is committed. */
export async function answerRunRequest(
  engine: Engine,
  ask: RunRequest,
  who: Person,
  incident: Incident | null,
): Promise<RunRequestReply> {
  switch (ask.do) {
    case "list":
      return list(engine);
    case "show":
      return show(engine, ask.name);
    case "run":
      return begin(engine, ask, who, incident);
    case "approve":
    case "deny":
      return approve(engine, ask, who);
    case "cancel":
      return cancel(engine, ask.run, who);
    case "settle":
      return settleUnknown(engine, ask, who);
    case "switch":
      return turn(engine, ask, who);
  }
}

function actorOf({ id, name }: Person): Actor {
  return { kind: "person", id, name };
}

async function list(engine: Engine): Promise<RunRequestReply> {
  const { db } = engine.connection;
  const runbooks = engine.automata?.catalogue().runbooks.filter(({ documentation }) => !documentation) ?? [];
  if (runbooks.length === 0) return yes("There are no runbooks that can run. MUSTER_RUNBOOKS says where they are.");
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
  return yes([...lines, ...live, ...off].join("\n"));
}

function show(engine: Engine, name: string): RunRequestReply {
  const runbook = engine.automata?.catalogue().runbooks.find(({ id }) => id === name);
  if (runbook === undefined) return no(`There is no runbook ${name}. \`runbook list\` has them all.`);
  const text = runbook.sections.flatMap(({ heading, depth, parts }) => [
    `${"#".repeat(depth)} ${heading}`,
    ...parts.map((part) =>
      part.kind === "text" ? part.markdown : part.kind === "step" ? `▶ step ${part.id}` : "▶ verify",
    ),
  ]);
  return yes(text.join("\n").slice(0, 2_900));
}

async function begin(
  engine: Engine,
  ask: Extract<RunRequest, { do: "run" }>,
  who: Person,
  incident: Incident | null,
): Promise<RunRequestReply> {
  const runbook = engine.automata?.catalogue().runbooks.find(({ id }) => id === ask.name);
  if (runbook === undefined) return no(`There is no runbook ${ask.name}. \`runbook list\` has them all.`);
  const { db } = engine.connection;
  const alerts =
    incident === null ? [] : await listAlerts(db, { incident: incident.number, status: "firing", limit: 1 });
  const alert = alerts[0] ?? null;
  const run = buildRun(engine, runbook, { ...alert?.labels, ...ask.labels }, { incident, alert, by: actorOf(who) });
  if (typeof run === "string") return no(`${ask.name} cannot run: ${run}.`);
  const [number] = await db.transaction((tx) => insertRuns(tx, [run], engine.clock()));
  if (number === undefined) return no(`${ask.name} is at work on ${run.target} already.`);
  engine.nudge("run", { urgency: run.urgency, delayMs: 0 });
  return yes(
    `${runId(number)} has begun: ${ask.name} on ${run.target}. Somebody else must approve what changes anything.`,
  );
}

/** Changes a run that somebody may see; says why not otherwise. */
async function withRun(
  engine: Engine,
  number: number,
  who: Person,
  change: (tx: QueryExecutor, run: Run) => Promise<RunRequestReply>,
  questions = false,
): Promise<RunRequestReply> {
  const { db } = engine.connection;
  let found: Run | null = null;
  const told = await db.transaction(async (tx) => {
    if (questions) await lockApprovals(tx);
    const run = await lockRun(tx, number, null);
    const [stored] = run?.incident == null ? [] : await incidentsByNumber(tx, [run.incident]);
    // To whoever is not in on it, a private incident does not exist.
    if (run === null || (stored?.state.private === true && !isResponder(stored.state, who)))
      return no(`There is no ${runId(number)}.`);
    if (isRunOver(run.state)) return no(`${runId(number)} is over: ${run.state}.`);
    found = run;
    return change(tx, run);
  });
  if (found !== null) wakeRunLanes(engine, found);
  if (told.ok) engine.nudge("run", { urgency: 0, delayMs: 0 });
  return told;
}

/** What makes a run due at once, unless a worker has it: that one will see. */
function due(engine: Engine, { leaseUntil }: Run): { readonly nextAt?: number } {
  return leaseUntil === null ? { nextAt: engine.clock() } : {};
}

async function approve(
  engine: Engine,
  { do: what, run: number, hash, signedInAt }: Extract<RunRequest, { do: "approve" | "deny" }>,
  who: Person,
): Promise<RunRequestReply> {
  // Asked before the row is locked: the chat may take its time.
  const [before] = await engine.connection.db.transaction(async (tx) => [await lockRun(tx, number, null)]);
  const [stored] = before?.incident == null ? [] : await incidentsByNumber(engine.connection.db, [before.incident]);
  const allowed =
    before?.asked == null ? true : await isApprover(engine, before.asked.from, who, stored?.state ?? null);
  return withRun(engine, number, who, answer, before?.asked?.over !== undefined);

  async function answer(tx: QueryExecutor, run: Run): Promise<RunRequestReply> {
    const { asked } = run;
    const now = engine.clock();
    if (run.state !== "waiting-approval" || asked === null) return no(`${runId(number)} asks for nothing now.`);
    if (before?.asked?.hash !== asked.hash || (hash !== null && !asked.hash.startsWith(hash)))
      return no(`${runId(number)} asks for something else by now: look again.`);
    if (allowed !== true) return no(allowed);
    const step = run.plan.steps[asked.step]!.id;
    // Whoever has the token says what they are called: two names are not two people.
    if (what === "approve" && who.id.startsWith("api:"))
      return no("The API's token is nobody in particular: approve it in the chat, or on the dashboard.");
    if (asked.ledBy !== undefined)
      return no(`${runId(number)} is asked for together with others: answer ${runId(asked.ledBy)}.`);
    if (what === "deny" && asked.over !== undefined) {
      await denyGroup(engine, tx, run, `${who.name} denied ${step}`, actorOf(who));
      return yes(`All ${asked.over.length} runs end without ${step}.`);
    }
    if (what === "deny") {
      await updateRun(tx, number, {
        state: "running",
        ending: { state: "canceled", reason: `${who.name} denied ${step}`, by: actorOf(who) },
        ...due(engine, run),
      });
      return yes(`${runId(number)} ends without ${step}.`);
    }
    if (now >= asked.until) return no("It is too late: that was asked too long ago.");
    if (needsStepUp(run, engine.policy()) && !isFreshSession(signedInAt ?? -Infinity, now))
      return no(
        engine.signIn === true
          ? `This is of high risk: approve it on ${runUrl(engine, number)}, where you sign in anew.`
          : `This is of high risk, and is approved on the dashboard by people who sign in${engine.signInSettings == null ? "" : `: ${engine.signInSettings}`}. Whoever runs Muster may let a click in the chat do: automation.stepUp: false.`,
      );
    if (run.by?.id === who.id) return no("You asked for this run: somebody else must approve it.");
    if (isRecentAuthor(engine.policy(), await findRecentAuthors(engine, tx, run), who))
      return no("You changed this runbook within the last 24 hours: somebody else must approve it.");
    if (asked.by.some(({ id }) => id === who.id)) return no("You have approved it already: somebody else must too.");
    const by = [...asked.by, { id: who.id, name: who.name }];
    const left = asked.count - by.length;
    if (left <= 0 && asked.over !== undefined) {
      const count = await approveGroup(engine, tx, run, by);
      await publishRunEvents(
        engine,
        tx,
        run,
        [{ type: "run.approved", data: { run: number, runbook: run.runbook, step, left: 0 } }],
        actorOf(who),
      );
      return yes(`Approved: ${step} of ${count} runs, one after another.`);
    }
    await updateRun(tx, number, {
      asked: { ...asked, by },
      ...(left > 0 ? {} : { state: "running" as const, ...due(engine, run) }),
    });
    await publishRunEvents(
      engine,
      tx,
      run,
      [{ type: "run.approved", data: { run: number, runbook: run.runbook, step, left } }],
      actorOf(who),
    );
    return yes(left > 0 ? `Approved; ${left} more must agree.` : `Approved: ${step} of ${runId(number)} starts.`);
  }
}

function cancel(engine: Engine, number: number, who: Person): Promise<RunRequestReply> {
  return withRun(engine, number, who, async (tx, run) => {
    if (run.state === "unknown")
      return no(
        `Nobody knows whether a step of ${runId(number)} happened: say that first (\`runbook happened\`, \`again\` or \`stop\`).`,
      );
    if (run.ending !== null) return no(`${runId(number)} is ending already.`);
    await updateRun(tx, number, {
      state: "running",
      ending: { state: "canceled", reason: `${who.name} stopped it`, by: actorOf(who) },
      ...due(engine, run),
    });
    return yes(`${runId(number)} stops: what is at work is finished, nothing more is begun.`);
  });
}

function settleUnknown(
  engine: Engine,
  { run: number, answer, of = null }: Extract<RunRequest, { do: "settle" }>,
  who: Person,
): Promise<RunRequestReply> {
  return withRun(engine, number, who, async (tx, run) => {
    const journal = await loadJournal(tx, [number]);
    const line = journal.find((each) => each.state === "unknown" && latestAttempt(journal, each.idx) === each);
    if (run.state !== "unknown" || line === undefined) return no(`${runId(number)} does not ask that.`);
    if (of !== null && of !== lineName(line))
      return no(`${runId(number)} asks about something else by now: look again.`);
    const now = engine.clock();
    const step = stepLabel(run, line.idx);
    if (answer === "happened")
      await updateJournalLine(tx, line, run.epoch, {
        state: "finished",
        outcome: { output: {}, says: `${who.name} says it happened` },
        finishedAt: now,
      });
    else
      await updateJournalLine(tx, line, run.epoch, {
        state: "failed",
        outcome:
          answer === "again"
            ? { says: `${who.name} says it did not happen`, retry: true, proved: true }
            : { says: `stopped by ${who.name}` },
        finishedAt: now,
      });
    const ending =
      answer === "stop" && run.ending === null
        ? { ending: { state: "canceled" as const, reason: `${who.name} stopped it`, by: actorOf(who) } }
        : {};
    await updateRun(tx, number, { state: "running", nextAt: now, reason: "", ...ending });
    await publishRunEvents(
      engine,
      tx,
      run,
      [{ type: "run.settled", data: { run: number, runbook: run.runbook, step, answer } }],
      actorOf(who),
    );
    return yes(answer === "stop" ? `${runId(number)} stops.` : `${runId(number)} goes on.`);
  });
}

/** What else to say to whoever switched off what is probably not what they meant; "" otherwise. */
function otherwiseMeant(engine: Engine, { scope, name, on }: Extract<RunRequest, { do: "switch" }>): string {
  const isRunbook = engine.automata?.catalogue().runbooks.some(({ id }) => id === name) === true;
  if (on || scope === "all") return "";
  if (scope === "service")
    return isRunbook ? ` But ${name} is a runbook, and that is still on: say \`automation off runbook ${name}\`.` : "";
  return isRunbook ? "" : ` But there is no runbook ${name} now: \`runbook list\` has them all.`;
}

async function turn(engine: Engine, ask: Extract<RunRequest, { do: "switch" }>, who: Person): Promise<RunRequestReply> {
  const { scope, name, on } = ask;
  const now = engine.clock();
  const changed = await engine.connection.db.transaction(async (tx) => {
    if (!(await switchAutomation(tx, { scope, name }, on ? null : { by: actorOf(who), at: now }))) return false;
    // The header of each says whether anything may run.
    const open = await listIncidents(tx, { status: OPEN_STATUSES, limit: HEADERS });
    const shown = open.filter(({ state }) => state.channel !== null && !state.archived);
    await enqueueEffects(
      tx,
      shown.map(({ state }) => ({
        effect: { type: "chat.header" },
        incident: state.number,
        urgency: priorityRank(state.priority),
      })),
      now,
    );
    return true;
  });
  engine.nudge("chat", { urgency: 2, delayMs: 0 });
  const of = scope === "all" ? "everything" : name;
  if (!changed) return no(`Automation is ${on ? "not off" : "off already"} for ${of}.`);
  return yes(
    on
      ? `Automation may go on for ${of}.${forcedKillSwitch(engine) === null ? "" : " Nothing starts all the same: Muster was started with MUSTER_AUTOMATION=off."}`
      : `Automation is off for ${of}: no step starts from now on. \`automation on${scope === "all" ? "" : ` ${scope === "runbook" ? "runbook " : ""}${name}`}\` ends that.${otherwiseMeant(engine, ask)}`,
  );
}
