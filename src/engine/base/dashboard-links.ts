import { writeReference, type LinkedIncident } from "#domain/incident/incident-reference.ts";
import { incidentId } from "#domain/values/language.ts";
import { runId } from "#domain/automation/run.ts";
import type { Engine } from "./engine.ts";

/**
 * An incident's page on the dashboard, for whatever outlives a database: messages, pages, tickets. It says which incident of
 * its number it leads to, for numbers begin again where a restored backup ends.
 */
export function incidentUrl({ publicUrl }: Pick<Engine, "publicUrl">, incident: LinkedIncident): string {
  const path = `${publicUrl}/incidents/${incidentId(incident.number)}`;
  return incident.uid === undefined ? path : `${path}?of=${writeReference(incident)}`;
}

/** A run's page on the dashboard. */
export function runUrl({ publicUrl }: Pick<Engine, "publicUrl">, number: number): string {
  return `${publicUrl}/runs/${runId(number)}`;
}
