import { sql } from "drizzle-orm";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import { bulkInsert } from "#db/bulk-insert.ts";
import type { QueryExecutor } from "#db/client.ts";
import { runbookLookupsTable } from "#db/figures-schema.ts";
import { scopeSql, type FigureScope } from "./figure-scope.ts";

/** An incident that links no runbook, as of a version of it. */
export type UnlinkedIncident = { readonly number: number; readonly version: number };

/** An alert that belongs to an incident. */
export type OwnedAlert = {
  readonly incident: number;
  readonly source: string;
  readonly fingerprint: string;
  readonly labels: AlertLabels;
};

/** Whether the catalog has a runbook for an incident; `alert`: the one of its alerts that a runbook matched. */
export type RunbookLookup = UnlinkedIncident & {
  readonly found: boolean;
  readonly alert: Pick<OwnedAlert, "source" | "fingerprint"> | null;
};

/**
 * Incidents of a scope that alerts opened and that link no runbook, which were not looked up in this catalog, or have
 * changed since, or have lost the alert for which a runbook was found: at most `limit`, those after a number, in order.
 */
export async function staleLookups(
  db: QueryExecutor,
  scope: FigureScope,
  catalog: string,
  after: number,
  limit: number,
): Promise<readonly UnlinkedIncident[]> {
  const { rows } = await db.execute<{ number: number; version: number }>(sql`select f.number, f.version
    from incident_figures f left join runbook_lookups l on l.incident = f.number
    where ${scopeSql(scope)} and f.number > ${after} and not linked and signature is not null and (l.catalog is distinct from ${catalog} or l.version is distinct from f.version
      or (l.found and l.fingerprint is not null and not exists (select 1 from alerts a where a.source = l.source and a.fingerprint = l.fingerprint and a.incident = f.number)))
    order by f.number limit ${limit}`);
  return rows;
}

/** Of some incidents: those that a runbook has run for. */
export async function incidentsWithRuns(db: QueryExecutor, numbers: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await db.execute<{ incident: number }>(
    sql`select distinct incident from runs where incident in (select value::integer from json_array_elements_text(${JSON.stringify(numbers)}::json))`,
  );
  return new Set(rows.map(({ incident }) => incident));
}

/** The alerts that belong to some incidents, after one of them: at most `limit`, by incident, source and fingerprint. */
export async function alertsOfIncidents(
  db: QueryExecutor,
  numbers: readonly number[],
  after: OwnedAlert | null,
  limit: number,
): Promise<readonly OwnedAlert[]> {
  const next =
    after === null
      ? sql`true`
      : sql`(incident, source, fingerprint) > (${after.incident}, ${after.source}, ${after.fingerprint})`;
  const { rows } = await db.execute<OwnedAlert & Record<string, unknown>>(
    sql`select incident, source, fingerprint, labels from alerts where incident in (select value::integer from json_array_elements_text(${JSON.stringify(numbers)}::json)) and ${next} order by incident, source, fingerprint limit ${limit}`,
  );
  return rows;
}

/** Remembers what was found in a catalog. */
export async function saveLookups(db: QueryExecutor, catalog: string, found: readonly RunbookLookup[]): Promise<void> {
  if (found.length === 0) return;
  const rows = found.map(({ number, version, found: has, alert }) => ({
    incident: number,
    catalog,
    version,
    found: has,
    source: alert?.source ?? null,
    fingerprint: alert?.fingerprint ?? null,
  }));
  await db.execute(
    sql`${bulkInsert(runbookLookupsTable, rows)} on conflict (incident) do update set catalog = excluded.catalog, version = excluded.version, found = excluded.found, source = excluded.source, fingerprint = excluded.fingerprint`,
  );
}
