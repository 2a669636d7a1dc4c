import { createHash } from "node:crypto";
import { loadAlerts } from "#db/alerts.ts";
import type { QueryExecutor } from "#db/client.ts";
import { insertCommands } from "#db/commands.ts";
import { wakeRuns } from "#db/due-work.ts";
import { insertRuns, listRuns } from "#db/runs.ts";
import { planRun, startRuns, type FiredAlerts, type NewRun, type StartedRuns } from "#domain/automation/run-start.ts";
import type { Run, RunPlan } from "#domain/automation/run.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { oneLine } from "#domain/values/text.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import { incidentId, isOpen, type Instant } from "#domain/values/language.ts";
import { matchRunbooks, planRunbook, type Runbook } from "#runbooks/index.ts";
import type { UnitOfWork } from "#engine/base/unit-of-work.ts";
import type { Engine } from "#engine/base/engine.ts";

/**
 * Begins the runbooks that match alerts which have begun to fire, in the transaction that takes the alerts in, and once more
 * those of a merged incident that had changed nothing yet; and wakes runs whose incident or alert has changed. Answers
 * whether there is something to do.
 */
export async function startMatchingRunbooks(engine: Engine, tx: QueryExecutor, unit: UnitOfWork): Promise<boolean> {
  if (engine.automation === undefined) return false;
  const now = engine.clock();
  const changed = unit.events.flatMap(({ incident, event }) => (definitionOf(event).wakesRuns ? [incident] : []));
  await wakeRuns(tx, [...new Set(changed)], now);
  const { runs, impossible } = matchingRuns(engine, unit);
  const begun = await insertRuns(tx, [...runs, ...(await mergedRuns(engine, tx, unit))], now);
  await reportImpossible(tx, impossible, now);
  if (impossible.length > 0) engine.wakeLane("apply", { urgency: 2, delayMs: 0 });
  return begun.length > 0 || changed.length > 0;
}

/** Reports why runbooks that match cannot run: each reason once for an incident, however often its alerts fire. */
export async function reportImpossible(
  tx: QueryExecutor,
  impossible: StartedRuns["impossible"],
  at: Instant,
): Promise<void> {
  const byKey = new Map(impossible.map((each) => [reportKey(each), each]));
  const submissions = [...byKey].map(([key, { incident, runbook, why }]) =>
    createSubmission({
      key,
      urgency: 2,
      at,
      body: { type: "incident", incident, command: { type: "runbook.unavailable", runbook, why: oneLine(why, 500) } },
    }),
  );
  if (submissions.length > 0) await insertCommands(tx, submissions, at);
}

function reportKey({ incident, runbook, why }: StartedRuns["impossible"][number]): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([runbook, why]))
    .digest("hex")
    .slice(0, 32);
  return `${incidentId(incident)}:runbook.unavailable:${digest}`;
}

/**
 * What waits for people in an incident that was merged goes on where its alerts went: its own run ends with the incident. One
 * that has changed something is verified as it is.
 */
async function mergedRuns(engine: Engine, tx: QueryExecutor, unit: UnitOfWork): Promise<readonly NewRun[]> {
  const merges = unit.events.flatMap(({ incident, event }) =>
    event.type === "alerts.absorbed" && event.data.back !== true ? [{ into: incident, from: event.data.from }] : [],
  );
  const again: NewRun[] = [];
  for (const { into, from } of merges) {
    const live = await listRuns(tx, { incident: from, live: true, limit: MERGED_RUNS });
    for (const run of live) {
      if (run.wroteAt !== null || run.ending !== null) continue;
      const next = await runAgain(engine, tx, run, unit.findIncident(into));
      if (next !== null && typeof next !== "string") again.push(next);
    }
  }
  return again;
}

/** The most runs of one incident that go on in another. */
const MERGED_RUNS = 50;

/**
 * The same run from its beginning, with the plan as it is made now. A text has the reason why there is none; null: its alert
 * or its incident has ended, and needs none.
 */
export async function runAgain(
  engine: Engine,
  tx: QueryExecutor,
  { runbook: id, labels, alert: at, by }: Pick<Run, "runbook" | "labels" | "alert" | "by">,
  incident: Incident | null,
): Promise<NewRun | string | null> {
  if (incident !== null && !isOpen(incident.status)) return null;
  const [alert] = at === null ? [] : await loadAlerts(tx, [at]);
  if (at !== null && alert?.status !== "firing") return null;
  const runbook = engine.automation?.catalogue().runbooks.find((each) => each.id === id);
  if (runbook === undefined || runbook.documentation || runbook.mode === "off")
    return `there is no runbook ${id} that runs by now`;
  return buildRun(engine, runbook, labels, { incident, alert: at === null ? null : { ...at, labels }, by });
}

function matchingRuns(engine: Engine, unit: UnitOfWork): StartedRuns {
  const { runbooks } = engine.automation!.catalogue();
  if (!engine.policy().automation.enabled || runbooks.length === 0) return { runs: [], impossible: [] };
  const fired = unit.events.flatMap(({ incident, event }): readonly FiredAlerts[] =>
    event.type === "alerts.fired" ? [{ incident, alerts: event.data.alerts }] : [],
  );
  const started = startRuns(
    {
      findIncident: (number) => unit.findIncident(number),
      findAlert: (source, fingerprint) => unit.findAlert(source, fingerprint),
      runbooksFor: (labels) => matchRunbooks(runbooks, labels),
      plan: (runbook, labels) => {
        const plan = planRunbook(runbook, labels, engine.policy().inventory);
        if (plan.ok) return plan;
        // Where a policy lists no targets of a kind at all, its runbooks are not set up: `muster check` names them.
        return plan.refusal === "no-inventory" ? null : plan.message;
      },
    },
    fired,
  );
  for (const { incident, ...more } of started.impossible)
    engine.log.info({ incident: incidentId(incident), ...more }, "a runbook matches but cannot run");
  return started;
}

/** A run of a runbook for labels, or why there can be none. */
export function buildRun(
  engine: Engine,
  runbook: Runbook,
  labels: Readonly<Record<string, string>>,
  subject: Parameters<typeof planRun>[2],
): NewRun | string {
  const plan = planOrReason(engine, runbook, labels);
  return typeof plan === "string" ? plan : planRun(plan, labels, subject);
}

function planOrReason(engine: Engine, runbook: Runbook, labels: Readonly<Record<string, string>>): RunPlan | string {
  const plan = planRunbook(runbook, labels, engine.policy().inventory);
  return plan.ok ? plan : plan.message;
}
