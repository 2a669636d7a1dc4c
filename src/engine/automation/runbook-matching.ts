import type { QueryExecutor } from "#db/client.ts";
import { wakeRuns } from "#db/due-work.ts";
import { insertRuns, type NewRun } from "#db/runs.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, priorityRank, type Actor } from "#domain/values/language.ts";
import type { RunPlan } from "#domain/automation/run.ts";
import { matchRunbooks, planRunbook, type Runbook } from "#runbooks/index.ts";
import type { UnitOfWork } from "#engine/base/unit-of-work.ts";
import type { Engine } from "#engine/base/engine.ts";
import { definitionOf } from "#domain/events/event-registry.ts";

/** Alerts of one event that runbooks are looked for, and runs that one batch begins for one incident: a storm is no reason for more. */
const ALERTS = 20;
const RUNS = 10;

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

function matchingRuns(engine: Engine, unit: UnitOfWork): NewRun[] {
  const { runbooks } = engine.automation!.catalogue();
  if (!engine.policy().automation.enabled || runbooks.length === 0) return [];
  const found: NewRun[] = [];
  for (const { incident: number, event } of unit.events) {
    const incident = event.type === "alerts.fired" ? (unit.incident(number)?.state ?? null) : null;
    if (incident === null || event.type !== "alerts.fired" || !isOpen(incident.status)) continue;
    for (const { source, fingerprint } of event.data.alerts.slice(0, ALERTS)) {
      const alert = unit.findAlert(source, fingerprint);
      if (alert === null) continue;
      for (const run of forAlert(engine, runbooks, incident, alert)) {
        if (found.filter((each) => each.incident === number).length < RUNS) found.push(run);
      }
    }
  }
  return found;
}

function forAlert(engine: Engine, runbooks: readonly Runbook[], incident: Incident, alert: Alert): NewRun[] {
  return matchRunbooks(runbooks, alert.labels).flatMap((runbook) => {
    if (runbook.documentation || runbook.mode === "off") return [];
    const run = buildRun(engine, runbook, alert.labels, { incident, alert, by: null });
    if (typeof run !== "string") return [run];
    engine.log.info(
      { incident: incidentId(incident.number), runbook: runbook.id, why: run },
      "a runbook matches but cannot run",
    );
    return [];
  });
}

/** The failure domains of what a plan works on: what its rows of the inventory call their `domain`. */
function domainsOf({ params }: RunPlan): readonly string[] {
  return [...new Set(Object.values(params).flatMap(({ row }) => row?.["domain"] ?? []))].toSorted();
}

/** A run of a runbook for labels, or why there can be none. */
export function buildRun(
  engine: Engine,
  runbook: Runbook,
  labels: Readonly<Record<string, string>>,
  {
    incident,
    alert,
    by,
  }: { readonly incident: Incident | null; readonly alert: Alert | null; readonly by: Actor | null },
): NewRun | string {
  const plan = planRunbook(runbook, labels, engine.policy().inventory);
  if (!plan.ok) return plan.message;
  return {
    incident: incident?.number ?? null,
    runbook: runbook.id,
    sha: plan.sha256,
    // Nothing is changed for an exercise.
    mode: incident?.drill === true ? "suggest" : plan.mode,
    target: plan.limits.lock,
    labels,
    alert: alert === null ? null : { source: alert.source, fingerprint: alert.fingerprint },
    by,
    systemic: incident !== null && incident.storm !== null,
    // For an exercise no one is woken twice.
    plan: (incident?.drill === true ? { ...plan, escalate: null } : plan) satisfies RunPlan,
    planHash: plan.hash,
    domains: domainsOf(plan),
    urgency: priorityRank(incident?.priority ?? "P3"),
  };
}
