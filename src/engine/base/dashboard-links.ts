import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { runId } from "#domain/automation/run.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import type { Engine } from "./engine.ts";

/** An incident's page on the dashboard, for whatever outlives a database: messages, pages, tickets. */
export function incidentUrl({ publicUrl }: Pick<Engine, "publicUrl">, incident: LinkedIncident): string {
  return `${publicUrl}${incidentPath(incident)}`;
}

/** A run's page on the dashboard. */
export function runUrl({ publicUrl }: Pick<Engine, "publicUrl">, number: number): string {
  return `${publicUrl}/runs/${runId(number)}`;
}
