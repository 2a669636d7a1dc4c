import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { Incident } from "#domain/incident/incident.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { OPEN_STATUSES, type Priority } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber, upgradeStoredIncident, type StoredIncident } from "#db/incidents.ts";
import { alertsTable, incidentsTable } from "#db/schema.ts";

// What the audit of escalations compares: open incidents, and the alerts that fire in them.

/** Incidents that are read at once. */
const PAGE = 500;

/** `earlier`: an earlier version wrote it last; such a version took an exhausted escalation for an ended one. */
export type AuditedIncident = StoredIncident & { readonly earlier: boolean };

/** Open incidents at a priority that pages, by their numbers: all of them, page by page. */
export async function* openPagingIncidents(db: QueryExecutor): AsyncGenerator<readonly AuditedIncident[]> {
  for (let after = 0; ;) {
    const rows = await db
      .select({ uid: incidentsTable.uid, state: incidentsTable.state })
      .from(incidentsTable)
      .where(and(inArray(incidentsTable.status, [...OPEN_STATUSES]), gt(incidentsTable.number, after)))
      .orderBy(asc(incidentsTable.number))
      .limit(PAGE);
    // Looked at here: one \u0000 in the text of any of them, and PostgreSQL would refuse to take all of them apart.
    const paging = rows.filter(({ state }) => state.plan.page !== "none");
    if (paging.length > 0)
      yield paging.map((stored) => ({
        ...upgradeStoredIncident(stored),
        earlier: !Object.hasOwn(stored.state.escalation, "rounds"),
      }));
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.state.number;
  }
}

/** The labels of the alerts that fire in incidents at one of these priorities and are not held back, with the incident. */
export async function firingLabels(
  db: QueryExecutor,
  incidents: readonly number[],
  priorities: readonly Priority[],
): Promise<readonly { readonly incident: number; readonly labels: AlertLabels }[]> {
  if (incidents.length === 0 || priorities.length === 0) return [];
  const rows = await db
    .select({ incident: alertsTable.incident, labels: alertsTable.labels })
    .from(alertsTable)
    .where(
      and(
        inArray(alertsTable.incident, [...incidents]),
        inArray(alertsTable.priority, [...priorities]),
        eq(alertsTable.status, "firing"),
        isNull(alertsTable.mutedUntil),
      ),
    );
  return rows.flatMap(({ incident, labels }) => (incident === null ? [] : [{ incident, labels }]));
}

/** The fingerprints of the firing alerts of one source that begin with `prefix`. */
export async function firingFingerprints(db: QueryExecutor, source: string, prefix: string): Promise<string[]> {
  const rows = await db
    .select({ fingerprint: alertsTable.fingerprint })
    .from(alertsTable)
    .where(
      and(
        eq(alertsTable.source, source),
        eq(alertsTable.status, "firing"),
        sql`starts_with(${alertsTable.fingerprint}, ${prefix})`,
      ),
    );
  return rows.map(({ fingerprint }) => fingerprint);
}

/** An incident that ended while alerts of it fire, as much of it as health shows. */
export type EndedFiring = Pick<Incident, "number" | "private">;

/**
 * Incidents that ended while alerts of them fire, newest first, without those that someone canceled as a false alarm.
 * Health asks this often: however many there are, their states stay in the database.
 */
export async function endedFiringIncidents(db: QueryExecutor): Promise<readonly EndedFiring[]> {
  // Looked for as text, as private ones are. What undo remembers may have a false alarm too: those few are read.
  const { rows } = await db.execute<EndedFiring & { doubtful: boolean }>(
    sql`select i.number, i.state::text like '%"private":true%' as private, i.state::text like '%"falseAlarm":{%' as doubtful from (select distinct incident from alerts where status = 'firing' and incident is not null) a join incidents i on i.number = a.incident where i.status in ('resolved','closed','canceled') order by i.number desc`,
  );
  const doubtful = rows.filter((row) => row.doubtful).map(({ number }) => number);
  const falseAlarms = new Set<number>();
  for (let from = 0; from < doubtful.length; from += PAGE)
    for (const { state } of await incidentsByNumber(db, doubtful.slice(from, from + PAGE)))
      if (state.falseAlarm !== null) falseAlarms.add(state.number);
  return rows
    .filter(({ number }) => !falseAlarms.has(number))
    .map(({ number, private: hidden }) => ({ number, private: hidden }));
}
