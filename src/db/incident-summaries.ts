import { and, asc, gte, isNull, lt, or } from "drizzle-orm";
import { summarizeIncident, type IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { Instant } from "#domain/values/language.ts";
import type { QueryExecutor } from "./client.ts";
import { incidentsByNumber } from "./incidents.ts";
import { incidentsTable } from "./schema.ts";

/**
 * What statistics need of the incidents that were open at some instant of [from, to), oldest first. It is stored beside
 * each state, because a state is ten times as large. A row that a version without figures wrote last is read from its state.
 */
export async function summariesBetween(db: QueryExecutor, from: Instant, to: Instant): Promise<IncidentSummary[]> {
  const rows = await db
    .select({ number: incidentsTable.number, version: incidentsTable.version, figures: incidentsTable.figures })
    .from(incidentsTable)
    .where(and(lt(incidentsTable.openedAt, new Date(to)), or(isNull(incidentsTable.resolvedAt), gte(incidentsTable.resolvedAt, new Date(from)))))
    .orderBy(asc(incidentsTable.number));
  const old = rows.filter(({ version, figures }) => figures === null || figures.version !== version).map(({ number }) => number);
  const read = new Map<number, IncidentSummary>();
  for (let i = 0; i < old.length; i += PAGE)
    for (const { state } of await incidentsByNumber(db, old.slice(i, i + PAGE))) read.set(state.number, summarizeIncident(state));
  return rows.flatMap(({ number, figures }) => read.get(number) ?? figures ?? []);
}

/** Whole states that are read at once. */
const PAGE = 1_000;
