import { listAlerts } from "#db/alerts.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { QueryExecutor } from "#db/client.ts";
import type { Alert } from "#domain/incident/alert.ts";

/** More alerts than any incident has. */
const EVERY_ALERT = 1_000_000;

/** Every alert that fires in these incidents. */
export async function listFiringAlerts(tx: QueryExecutor, incidents: readonly number[]): Promise<readonly Alert[]> {
  const alerts: Alert[] = [];
  for (const incident of incidents)
    alerts.push(...(await listAlerts(tx, { incident, status: "firing", limit: EVERY_ALERT })));
  return alerts;
}

/** Whether other teams than its own are needed in an incident: then it matters whose alerts fire. */
export function hasOtherTeams(stored: StoredIncident | undefined): boolean {
  return stored !== undefined && Object.keys(stored.state.teamEscalations).length > 0;
}
