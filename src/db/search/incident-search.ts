import { and, inArray, isNull } from "drizzle-orm";
import type { Incident } from "#domain/incident/incident.ts";
import type { QueryExecutor } from "#db/client.ts";
import { hasOpenTasks, listIncidents, type IncidentFilter, type StoredIncident } from "#db/incidents.ts";
import { incidentsTable } from "#db/schema.ts";

/** Whole states that are read at once, at least. */
const PAGE = 50;

/**
 * Incidents of a filter that `wanted` accepts, newest first, at most `filter.limit` of them, however many others are
 * newer. Use `wanted` for what only a whole state shows; what the database can select belongs in the filter.
 */
export async function findIncidents(
  db: QueryExecutor,
  filter: IncidentFilter,
  wanted: (incident: Incident) => boolean,
): Promise<StoredIncident[]> {
  const found: StoredIncident[] = [];
  for await (const page of incidentPages(db, filter)) {
    found.push(...page.filter(({ state }) => wanted(state)));
    if (found.length >= filter.limit) break;
  }
  return found.slice(0, filter.limit);
}

/** Incidents of the same key before this one that `wanted` takes, the newest first. */
export function earlierIncidents(
  db: QueryExecutor,
  { key, number }: Incident,
  limit: number,
  wanted: (incident: Incident) => boolean,
): Promise<StoredIncident[]> {
  return findIncidents(db, { key, before: number, limit }, wanted);
}

/** Every incident with tasks that are not done, the newest first. What a version without the mark stored is looked at once. */
export async function incidentsWithOpenTasks(db: QueryExecutor): Promise<StoredIncident[]> {
  const found: StoredIncident[] = [];
  for await (const page of incidentPages(db, { openTasks: true, limit: 4 * PAGE })) {
    const done = page.filter(({ state }) => !hasOpenTasks(state)).map(({ state }) => state.number);
    if (done.length > 0)
      await db
        .update(incidentsTable)
        .set({ openTasks: false })
        .where(and(inArray(incidentsTable.number, done), isNull(incidentsTable.openTasks)));
    found.push(...page.filter(({ state }) => hasOpenTasks(state)));
  }
  return found;
}

/** All incidents of a filter, in pages of the size of its limit or more, newest first. */
async function* incidentPages(db: QueryExecutor, filter: IncidentFilter): AsyncGenerator<StoredIncident[]> {
  const limit = Math.max(filter.limit, PAGE);
  for (let before = filter.before; ;) {
    const page: StoredIncident[] = await listIncidents(db, {
      ...filter,
      limit,
      ...(before === undefined ? {} : { before }),
    });
    if (page.length > 0) yield page;
    if (page.length < limit) return;
    before = page.at(-1)!.state.number;
  }
}
