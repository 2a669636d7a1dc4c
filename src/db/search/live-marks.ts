import { and, inArray, not, sql } from "drizzle-orm";
import { OPEN_STATUSES } from "#domain/values/language.ts";
import type { QueryExecutor } from "#db/client.ts";
import { isPrivateSql } from "#db/incidents.ts";
import { incidentsTable } from "#db/schema.ts";

/** Something that differs after anything has happened to what is open and not private. */
export async function openIncidentsMark(db: QueryExecutor): Promise<string> {
  const rows = await db
    .select({ mark: sql<string>`md5(count(*) || '.' || coalesce(sum(version), 0) || '.' || coalesce(max(number), 0))` })
    .from(incidentsTable)
    .where(and(inArray(incidentsTable.status, [...OPEN_STATUSES]), not(isPrivateSql)));
  return rows[0]!.mark;
}

/** What a page shows of the runs of an incident; a look that changes nothing is no news. */
const RUNS = sql<string>`(select md5(coalesce(string_agg(concat_ws('.', r.number, r.state, r.reason, r.asked::text, r.proof->>'says',
  (select string_agg(concat_ws('.', s.idx, s.attempt, s.state, s.after::text), ',' order by s.idx, s.attempt) from steps s where s.run = r.number)), ',' order by r.number), ''))
  from runs r where r.incident = ${incidentsTable}.number)`;

/** Something that differs after anything has happened to each of some incidents, or to their runs. */
export async function incidentMarks(
  db: QueryExecutor,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .select({ number: incidentsTable.number, version: incidentsTable.version, runs: RUNS })
    .from(incidentsTable)
    .where(inArray(incidentsTable.number, [...numbers]));
  return new Map(rows.map(({ number, version, runs }) => [number, `${version}.${runs}`]));
}
