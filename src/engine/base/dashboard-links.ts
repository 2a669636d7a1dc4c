import { incidentId } from "#domain/values/language.ts";
import { runId } from "#domain/automation/run.ts";
import type { Engine } from "./engine.ts";

/** An incident's page on the dashboard. */
export function incidentUrl({ publicUrl }: Pick<Engine, "publicUrl">, number: number): string {
  return `${publicUrl}/incidents/${incidentId(number)}`;
}

/** A run's page on the dashboard. */
export function runUrl({ publicUrl }: Pick<Engine, "publicUrl">, number: number): string {
  return `${publicUrl}/runs/${runId(number)}`;
}
