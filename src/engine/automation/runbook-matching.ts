import type { QueryExecutor } from "#db/client.ts";
import { wakeRuns } from "#db/due-work.ts";
import { insertRuns } from "#db/runs.ts";
import { planRun, startRuns, type FiredAlerts, type NewRun } from "#domain/automation/run-start.ts";
import type { RunPlan } from "#domain/automation/run.ts";
import { definitionOf } from "#domain/events/event-registry.ts";
import { incidentId } from "#domain/values/language.ts";
import { matchRunbooks, planRunbook, type Runbook } from "#runbooks/index.ts";
import type { UnitOfWork } from "#engine/base/unit-of-work.ts";
import type { Engine } from "#engine/base/engine.ts";

/**
 * Begins the runbooks that match alerts which have begun to fire, in the transaction that takes the alerts in; and wakes
 * runs whose incident or alert has changed. Answers whether there is something to do.
 */
export async function startMatchingRunbooks(engine: Engine, tx: QueryExecutor, unit: UnitOfWork): Promise<boolean> {
  if (engine.automation === undefined) return false;
  const now = engine.clock();
  const changed = unit.events.flatMap(({ incident, event }) => (definitionOf(event).wakesRuns ? [incident] : []));
  await wakeRuns(tx, [...new Set(changed)], now);
  const begun = await insertRuns(tx, matchingRuns(engine, unit), now);
  return begun.length > 0 || changed.length > 0;
}

function matchingRuns(engine: Engine, unit: UnitOfWork): readonly NewRun[] {
  const { runbooks } = engine.automation!.catalogue();
  if (!engine.policy().automation.enabled || runbooks.length === 0) return [];
  const fired = unit.events.flatMap(({ incident, event }): readonly FiredAlerts[] =>
    event.type === "alerts.fired" ? [{ incident, alerts: event.data.alerts }] : [],
  );
  const { runs, impossible } = startRuns(
    {
      findIncident: (number) => unit.findIncident(number),
      findAlert: (source, fingerprint) => unit.findAlert(source, fingerprint),
      runbooksFor: (labels) => matchRunbooks(runbooks, labels),
      plan: (runbook, labels) => planOrReason(engine, runbook, labels),
    },
    fired,
  );
  for (const { incident, ...more } of impossible)
    engine.log.info({ incident: incidentId(incident), ...more }, "a runbook matches but cannot run");
  return runs;
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
