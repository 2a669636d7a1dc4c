import { listAlerts } from "#db/alerts.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { insertRuns, loadRuns } from "#db/runs.ts";
import { canBePerformed, runId } from "#domain/automation/run.ts";
import type { RunRequest } from "#domain/automation/run-request.ts";
import type { NewRun } from "#domain/automation/run-start.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { maySeeIncident } from "#domain/response/permission.ts";
import { maskSecrets } from "#domain/values/redaction.ts";
import { matchRunbooks, type Runbook } from "#runbooks/index.ts";
import type { Engine } from "#engine/base/engine.ts";
import { grantRequest, refuseRequest, type RunAsking, type RunRequestReply } from "./run-change.ts";
import { buildRun } from "./runbook-matching.ts";

// Runs that people ask for.

/** Begins a run of a runbook, for the alert of the incident that it is for; without one its measure alone judges it. */
export async function beginRun(
  engine: Engine,
  request: Extract<RunRequest, { do: "run" }>,
  asking: RunAsking,
): Promise<RunRequestReply> {
  const { actor, incident } = asking;
  const runbook = findRunbook(engine, request.name);
  if (runbook === undefined)
    return refuseRequest(`There is no runbook ${request.name}. \`runbook list\` has them all.`);
  const known = engine.policy().maskSecrets ? maskSecrets(request.labels) : request.labels;
  const alerts =
    incident === null
      ? []
      : await listAlerts(engine.connection.db, { incident: incident.number, status: "firing", limit: LOOKED_AT });
  // What contradicts the words of the person is about something else.
  const alike = alerts.filter(({ labels }) => Object.entries(known).every(([name, value]) => labels[name] === value));
  const alert = alike.find((each) => isFor(runbook, each)) ?? null;
  const labels = { ...(alert ?? alike[0])?.labels, ...known };
  const run = buildRun(engine, runbook, labels, { incident, alert, by: actor });
  if (typeof run === "string") return refuseRequest(`${request.name} cannot run: ${run}.`);
  return insertRun(engine, run, asking);
}

/** Firing alerts that are looked at for the one that a runbook is for. */
const LOOKED_AT = 200;

function findRunbook(engine: Engine, name: string): Runbook | undefined {
  return engine.automation?.catalogue().runbooks.find(({ id }) => id === name);
}

function isFor(runbook: Runbook, { labels }: Pick<Alert, "labels">): boolean {
  return matchRunbooks([runbook], labels).length > 0;
}

/** Begins what a run suggested as a run that asks, as one of a runbook of mode approve does. */
export async function performSuggestion(engine: Engine, number: number, asking: RunAsking): Promise<RunRequestReply> {
  const { db } = engine.connection;
  const { actor } = asking;
  const [suggestion] = await loadRuns(db, [number]);
  const incident = suggestion?.incident == null ? null : await findIncident(engine, suggestion.incident);
  // To people outside of it, a private incident does not exist.
  if (suggestion === undefined || (incident !== null && !maySeeIncident(engine.policy(), incident, actor)))
    return refuseRequest(`There is no ${runId(number)}.`);
  if (!canBePerformed(suggestion)) return refuseRequest(`${runId(number)} suggests nothing that could be done.`);
  if (incident?.drill === true) return refuseRequest("Nothing is changed for an exercise.");
  const { labels, runbook: name } = suggestion;
  const runbook = findRunbook(engine, name);
  if (runbook === undefined) return refuseRequest(`There is no runbook ${name} by now.`);
  const alert = suggestion.alert === null ? null : { ...suggestion.alert, labels };
  const run = buildRun(engine, runbook, labels, { incident, alert, by: actor });
  if (typeof run === "string") return refuseRequest(`${name} cannot run: ${run}.`);
  return insertRun(engine, { ...run, mode: "approve" }, asking);
}

async function findIncident(engine: Engine, number: number): Promise<Incident | null> {
  const [stored] = await incidentsByNumber(engine.connection.db, [number]);
  return stored?.state ?? null;
}

async function insertRun(engine: Engine, run: NewRun, { transact }: RunAsking): Promise<RunRequestReply> {
  const deadEnd = unapprovable(run);
  if (deadEnd !== null) return refuseRequest(deadEnd);
  const reply = await transact(async (tx) => {
    const [number] = await insertRuns(tx, [run], engine.clock());
    if (number === undefined) return refuseRequest(`${run.runbook} is at work on ${run.target} already.`);
    const changes = run.mode !== "suggest" && run.plan.steps.some(({ touches }) => touches === "systems");
    return grantRequest(
      `${runId(number)} has begun: ${run.runbook} on ${run.target}.${changes ? " Somebody else must approve what changes anything." : ""}`,
    );
  });
  if (reply.ok) engine.wakeLane("run", { urgency: run.urgency, delayMs: 0 });
  return reply;
}

/** Why no one could ever approve a run that a person asks for; null: someone can. */
function unapprovable({ incident, mode, runbook, plan }: NewRun): string | null {
  if (incident !== null || mode === "suggest") return null;
  const step = plan.steps.find(({ touches, approve }) => touches === "systems" && (approve?.from.length ?? 0) === 0);
  return step === undefined
    ? null
    : `${runbook} cannot run outside an incident: its step ${step.id} names no one who may approve it. Ask for it in the channel of an incident, whose responders may, or add approve: { from: [...] } to the step.`;
}
