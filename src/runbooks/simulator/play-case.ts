import type { DatabaseConnection } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import { nextWorkDue, overdueLanes } from "#db/due-work.ts";
import { loadJournal, loadRuns } from "#db/runs.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { isRunOver, type JournalLine, type Run } from "#domain/automation/run.ts";
import type { WebhookBody } from "#domain/deliveries/alertmanager-body.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { createSubmit } from "#engine/base/submit.ts";
import type { RunbookProblem, Runbook } from "#runbooks/index.ts";
import { CASE_RUN_NUMBER } from "./current-step.ts";
import { createSimulator, type CaseSimulator, type TestedAutomation } from "./simulator.ts";
import type { TestCase } from "./test-cases.ts";

/** What came of a case. `run` null: none began, and `refusals` may explain why. */
export type PlayedCase = {
  readonly run: Run | null;
  readonly journal: readonly JournalLine[];
  readonly events: readonly Event[];
  readonly denied: boolean;
  readonly refusals: readonly string[];
  /** What the world was asked that the case does not answer, and answers of people that did not come to pass. */
  readonly problems: readonly RunbookProblem[];
};

/** No run lasts longer. */
const MAX_DURATION_MS = DAY_MS;

/** Lets the alert of a case come, people answer and time pass, until its run has ended. */
export async function playCase(
  connection: DatabaseConnection,
  runbook: Runbook,
  written: TestCase,
  automation: TestedAutomation = {},
): Promise<PlayedCase> {
  const bench = await createSimulator(connection, runbook, written, automation);
  const { script, began } = bench;
  let denied = false;
  await deliver(bench, written, null);
  const moments = [
    ...written.approvals.map((each, i) => ({
      at: each.at,
      happens: async () => {
        if (await answerQuestion(bench, written, i)) denied ||= each.denies !== undefined;
      },
    })),
    ...(written.resolves === null
      ? []
      : [{ at: written.resolves, happens: () => deliver(bench, written, began + written.resolves!) }]),
  ].toSorted((a, b) => a.at - b.at);
  for (const { at, happens } of moments) {
    await passUntil(bench, began + at);
    await happens();
  }
  await passUntil(bench, began + MAX_DURATION_MS);
  const run = await findStartedRun(bench);
  const events = run?.incident == null ? [] : await readEvents(connection.db, run.incident);
  const selfAlerts = bench.selfAlerts.map((each) =>
    written.differs([], `the engine says: ${each}`, "this is a fault of Muster: report it"),
  );
  const problems = [...script.problems, ...script.unused(), ...selfAlerts];
  return {
    run,
    journal: await loadJournal(connection.db, [CASE_RUN_NUMBER]),
    events,
    denied,
    refusals: bench.refusals,
    problems,
  };
}

async function findStartedRun({ engine }: CaseSimulator): Promise<Run | null> {
  return (await loadRuns(engine.connection.db, [CASE_RUN_NUMBER]))[0] ?? null;
}

/** The alert as Alertmanager sends it, through the way in that every alert takes. */
async function deliver(
  { engine, time, began }: CaseSimulator,
  { alert }: TestCase,
  endsAt: Instant | null,
): Promise<void> {
  const body: WebhookBody = {
    receiver: "muster",
    groupKey: "{}",
    externalURL: "http://alertmanager.example:9093",
    alerts: [
      {
        status: endsAt === null ? "firing" : "resolved",
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: formatIso(began),
        endsAt: endsAt === null ? "0001-01-01T00:00:00Z" : formatIso(endsAt),
        generatorURL: "",
        fingerprint: "5e1f7e57a1e47000",
      },
    ],
  };
  const actor = { kind: "source", id: "alertmanager", name: "Alertmanager" } as const;
  await createSubmit(engine)(
    createSubmission({
      actor,
      at: time.now,
      key: null,
      urgency: 2,
      body: { type: "alerts.deliver", source: actor.id, raw: JSON.stringify(body) },
    }),
  );
}

/** A person answers what the run asks; whether that counted. What did not come to pass as written is a problem. */
async function answerQuestion(bench: CaseSimulator, written: TestCase, index: number): Promise<boolean> {
  const { engine, script } = bench;
  const { by, approves, denies, signedIn, refused } = written.approvals[index]!;
  const path = ["approvals", index];
  const id = approves ?? denies!;
  const run = await findStartedRun(bench);
  const requested = run?.state === "waiting-approval" && run.asked !== null ? run.plan.steps[run.asked.step]!.id : null;
  if (requested !== id) {
    script.wrong(
      path,
      `nobody is asked about ${id} then`,
      requested === null
        ? `the run ${run === null ? "did not begin" : `is ${run.state}`}; remove this answer`
        : `the run asks about ${requested}`,
    );
    return false;
  }
  const person: Person = { id: by, name: by };
  const reply = await answerRunRequest(
    engine,
    {
      do: approves === undefined ? "deny" : "approve",
      run: CASE_RUN_NUMBER,
      hash: run!.asked!.hash,
      ...(signedIn ? { signedInAt: engine.clock() } : {}),
    },
    person,
    null,
  );
  if (!reply.ok && (refused === undefined || !reply.text.includes(refused)))
    script.wrong(path, `${by} is told: ${reply.text}`, "write who may, or refused: with a part of this text");
  else if (reply.ok && refused !== undefined)
    script.wrong(path, `${by} may, and is told: ${reply.text}`, "remove refused, or look at approve.from of the step");
  return reply.ok;
}

/** Does everything when it is due, until an instant or until the run has ended. */
async function passUntil(bench: CaseSimulator, until: Instant): Promise<void> {
  const { engine, workers, time } = bench;
  const { db } = engine.connection;
  for (;;) {
    for (let round = 0; ; round++) {
      const due = await overdueLanes(db, engine.databaseClock.now(), 0);
      if (due.length === 0) break;
      if (round > 500) throw new Error("bug: the engine never comes to rest");
      for (const lane of due) await workers[lane]();
    }
    const run = await findStartedRun(bench);
    if (run === null || isRunOver(run.state) || run.state === "unknown") return;
    const due = await nextWorkDue(db);
    if (due === null || due > until) break;
    time.now = Math.max(time.now, due);
  }
  time.now = Math.max(time.now, until);
}
