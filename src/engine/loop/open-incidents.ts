import type { Incident } from "#domain/incident/incident.ts";
import { OPEN_STATUSES, PRIORITIES, type Priority } from "#domain/values/language.ts";
import type { IncidentFilter } from "#db/incidents.ts";

/** Read apart: what wakes people is never crowded out by what does not. */
const URGENT: readonly Priority[] = ["P0", "P1", "P2"];

/** The open incidents that `sees` takes, newest first: at most `limit`, and those that wake people before all others. */
export async function readOpenIncidents(
  read: (filter: IncidentFilter, sees: (incident: Incident) => boolean) => Promise<readonly Incident[]>,
  sees: (incident: Incident) => boolean,
  limit: number,
): Promise<readonly Incident[]> {
  const rest = PRIORITIES.filter((each) => !URGENT.includes(each));
  const [urgent, others] = await Promise.all(
    [URGENT, rest].map((priority) => read({ status: OPEN_STATUSES, priority, limit }, sees)),
  );
  return [...urgent!, ...others!].slice(0, limit).toSorted((a, b) => b.number - a.number);
}
