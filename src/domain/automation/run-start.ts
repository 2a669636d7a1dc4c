import { isOpen, priorityRank, type Actor, type Priority, type Status } from "#domain/values/language.ts";
import type { Run, RunMode, RunPlan } from "./run.ts";

/** Alerts of one event that runbooks are looked for, and runs that one batch begins for one incident: a storm is no reason for more. */
const MAX_ALERTS = 20;
const MAX_RUNS = 10;
/** Alerts beyond these are not even looked at for a runbook that is left out. */
const LOOKED_AT = 200;

/** A run that is to begin. */
export type NewRun = Pick<
  Run,
  | "incident"
  | "runbook"
  | "sha"
  | "mode"
  | "target"
  | "labels"
  | "alert"
  | "by"
  | "systemic"
  | "plan"
  | "planHash"
  | "urgency"
  | "domains"
>;

/** What a run takes over of the incident that it begins for. */
export type RunIncident = {
  readonly number: number;
  readonly status: Status;
  readonly priority: Priority;
  readonly drill: boolean;
  /** What it gathers, if it is a storm. */
  readonly storm: object | null;
};

/** What a run takes over of the alert that begins it. */
export type RunAlert = {
  readonly source: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** What is looked at of a runbook before it is planned. */
export type StartableRunbook = { readonly id: string; readonly mode: RunMode; readonly documentation: boolean };

/** What the rules for beginning look up: incidents and alerts as the batch leaves them, and the catalog. Read only. */
export type RunStartMemory<Runbook extends StartableRunbook> = {
  findIncident(number: number): RunIncident | null;
  findAlert(source: string, fingerprint: string): RunAlert | null;
  /** Those that are for an alert with these labels, the best first. */
  runbooksFor(labels: RunAlert["labels"]): readonly Runbook[];
  /** A plan, or why there can be none; null: what it would act on is not set up at all. */
  plan(runbook: Runbook, labels: RunAlert["labels"]): RunPlan | string | null;
};

/** Alerts of one incident that have begun to fire. */
export type FiredAlerts = {
  readonly incident: number;
  readonly alerts: readonly Pick<RunAlert, "source" | "fingerprint">[];
};

/** Which runs begin; and which runbooks are for an alert and cannot run, and why. */
export type StartedRuns = {
  readonly runs: readonly NewRun[];
  readonly impossible: readonly { readonly incident: number; readonly runbook: string; readonly why: string }[];
};

/** Begins the runbooks that are for alerts which have begun to fire, in incidents that are open. */
export function startRuns<Runbook extends StartableRunbook>(
  memory: RunStartMemory<Runbook>,
  fired: readonly FiredAlerts[],
): StartedRuns {
  const runs: NewRun[] = [];
  const impossible: StartedRuns["impossible"][number][] = [];
  const isFull = (incident: number): boolean => runs.filter((each) => each.incident === incident).length >= MAX_RUNS;
  for (const { incident: number, alerts } of fired) {
    const incident = memory.findIncident(number);
    if (incident === null || !isOpen(incident.status)) continue;
    const isFor = (at: FiredAlerts["alerts"][number]): boolean =>
      runnable(memory, memory.findAlert(at.source, at.fingerprint)).length > 0;
    if (alerts.slice(MAX_ALERTS, LOOKED_AT).some(isFor))
      impossible.push({
        incident: number,
        runbook: "a runbook",
        why: `${alerts.length} alerts fired at once, and runs begin for ${MAX_ALERTS} of them at most`,
      });
    for (const { source, fingerprint } of alerts.slice(0, MAX_ALERTS)) {
      const alert = memory.findAlert(source, fingerprint);
      if (alert === null) continue;
      for (const runbook of runnable(memory, alert)) {
        if (isFull(number)) {
          impossible.push({
            incident: number,
            runbook: runbook.id,
            why: `${MAX_RUNS} runs have begun, which is the most at once for an incident`,
          });
          continue;
        }
        const plan = memory.plan(runbook, alert.labels);
        if (plan === null) continue;
        if (typeof plan === "string") {
          impossible.push({ incident: number, runbook: runbook.id, why: plan });
          continue;
        }
        const run = planRun(plan, alert.labels, { incident, alert, by: null });
        if (!runs.some((each) => isSameWork(each, run))) runs.push(run);
      }
    }
  }
  return { runs, impossible };
}

/** The runbooks for an alert of which runs begin. */
function runnable<Runbook extends StartableRunbook>(
  memory: RunStartMemory<Runbook>,
  alert: RunAlert | null,
): readonly Runbook[] {
  if (alert === null) return [];
  return memory.runbooksFor(alert.labels).filter(({ documentation, mode }) => !documentation && mode !== "off");
}

/** Whether two runs would do the same work: then one of them is enough. */
export function isSameWork(one: NewRun, other: NewRun): boolean {
  return one.runbook === other.runbook && one.target === other.target && one.incident === other.incident;
}

/** A run of a plan: what it is for, and how carefully it goes about it. */
export function planRun(
  plan: RunPlan,
  labels: RunAlert["labels"],
  {
    incident,
    alert,
    by,
  }: { readonly incident: RunIncident | null; readonly alert: RunAlert | null; readonly by: Actor | null },
): NewRun {
  const isDrill = incident?.drill === true;
  return {
    incident: incident?.number ?? null,
    runbook: plan.runbook,
    sha: plan.sha256,
    // Nothing is changed for an exercise.
    mode: isDrill ? "suggest" : plan.mode,
    target: plan.limits.lock,
    labels,
    alert: alert === null ? null : { source: alert.source, fingerprint: alert.fingerprint },
    by,
    systemic: incident !== null && incident.storm !== null,
    // For an exercise no one is woken twice.
    plan: isDrill ? { ...plan, escalate: null } : plan,
    planHash: plan.hash,
    domains: domainsOf(plan),
    urgency: priorityRank(incident?.priority ?? "P3"),
  };
}

/** The failure domains of what a plan works on: what its rows of the inventory call their `domain`. */
function domainsOf({ params }: RunPlan): readonly string[] {
  return [...new Set(Object.values(params).flatMap(({ row }) => row?.["domain"] ?? []))].toSorted();
}
