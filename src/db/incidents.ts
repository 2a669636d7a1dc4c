import { and, desc, eq, getTableColumns, inArray, isNotNull, lt, not, sql, type SQL } from "drizzle-orm";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import { completeEscalation, type EscalationState } from "#domain/incident/escalation-state.ts";
import {
  isOpen,
  MUSTER_ACTOR,
  OPEN_STATUSES,
  type Priority,
  type Status,
  type Timer,
} from "#domain/values/language.ts";
import { bulkInsert, quotedColumn } from "./bulk-insert.ts";
import { incidentFigures } from "#domain/reporting/incident-figures.ts";
import { summarizeIncident, type IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { QueryExecutor } from "./client.ts";
import { incidentFiguresTable } from "./figures-schema.ts";
import { fromStoredState, toStoredState } from "./stored-route.ts";
import { incidentsTable } from "./schema.ts";

/** An incident as stored: its state, and the id that the outside world's idempotency keys are made of. */
export type StoredIncident = { readonly uid: string; readonly state: Incident };

/** The newest incidents are read whatever their mark is: a version that sets none may be changing them. */
const RECENT = 200;

const columns = { uid: incidentsTable.uid, state: incidentsTable.state };

/**
 * Whether it is private. Looked for as text: a `\u0000` anywhere in a state, which json keeps, makes PostgreSQL refuse to
 * take anything out of it. Within a string of JSON these quotes would be escaped.
 */
export const isPrivateSql: SQL = sql`coalesce(${incidentsTable.figures}, ${incidentsTable.state})::text like '%"private":true%'`;

const LATER_IN_PLANS = { commandWithin: null, ackExpires: null };

/** What an earlier version stored, with what has come since. */
export function upgradeStoredIncident({ uid, state: stored }: StoredIncident): StoredIncident {
  const state = fromStoredState(stored);
  return {
    uid,
    state: {
      ...INCIDENT_DEFAULTS,
      ...state,
      uid,
      plan: { ...LATER_IN_PLANS, ...state.plan },
      escalation: storedEscalation(state),
    },
  };
}

/** An earlier version stored who had answered only through the status. */
function storedEscalation({ status, escalation, acknowledgedBy, acknowledgedAt, ackUntil }: Incident): EscalationState {
  const known: Partial<EscalationState> = escalation;
  if (known.answered !== undefined || !isOpen(status) || status === "triggered") return completeEscalation(known);
  return {
    ...completeEscalation(known),
    answered: {
      by: acknowledgedBy ?? MUSTER_ACTOR,
      at: acknowledgedAt ?? 0,
      page: null,
      until: ackUntil ?? null,
    },
  };
}

function complete(rows: readonly StoredIncident[]): StoredIncident[] {
  return rows.map(upgradeStoredIncident);
}

/** The newest incident of each key. */
export async function newestIncidentsByKey(db: QueryExecutor, keys: readonly string[]): Promise<StoredIncident[]> {
  if (keys.length === 0) return [];
  const { rows } = await db.execute<StoredIncident>(
    sql`select i.uid, i.state from json_array_elements_text(${JSON.stringify(keys)}::json) as k cross join lateral (select uid, state from incidents where key = k order by number desc limit 1) i`,
  );
  return complete(rows);
}

/** A service, and a team; null: any team. */
export type ServiceOfTeam = { readonly service: string; readonly team: string | null };

/** The newest open incident of each service and team whose people are gathered, or may be. */
export async function gatheringIncidentsByService(
  db: QueryExecutor,
  services: readonly ServiceOfTeam[],
): Promise<StoredIncident[]> {
  if (services.length === 0) return [];
  const { rows } = await db.execute<StoredIncident>(
    sql`select i.uid, i.state from (select distinct service, team from json_to_recordset(${JSON.stringify(services)}::json) as w(service text, team text)) s cross join lateral (select uid, state from incidents where service = s.service and (s.team is null or team = s.team) and status in ('triggered','acknowledged','mitigated') and gathers is not false order by number desc limit 1) i`,
  );
  return complete(rows);
}

/** The incidents with these numbers, in no order. */
export async function incidentsByNumber(db: QueryExecutor, numbers: readonly number[]): Promise<StoredIncident[]> {
  if (numbers.length === 0) return [];
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(inArray(incidentsTable.number, [...numbers]));
  return complete(rows);
}

/** The numbers of all open incidents, in order. */
export async function openIncidentNumbers(db: QueryExecutor): Promise<number[]> {
  const rows = await db
    .select({ number: incidentsTable.number })
    .from(incidentsTable)
    .where(inArray(incidentsTable.status, [...OPEN_STATUSES]))
    .orderBy(incidentsTable.number);
  return rows.map(({ number }) => number);
}

/** The open incidents that are private, in order. */
export async function openPrivateIncidents(db: QueryExecutor): Promise<StoredIncident[]> {
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(and(inArray(incidentsTable.status, [...OPEN_STATUSES]), isPrivateSql))
    .orderBy(incidentsTable.number);
  return complete(rows);
}

/** The newest incident whose room is this channel, or null. */
export async function incidentByChannel(db: QueryExecutor, channel: string): Promise<StoredIncident | null> {
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(eq(incidentsTable.channel, channel))
    .orderBy(desc(incidentsTable.number))
    .limit(1);
  return complete(rows)[0] ?? null;
}

/** The number of the newest incident; 0 when there is none. */
export async function lastIncidentNumber(db: QueryExecutor): Promise<number> {
  const { rows } = await db.execute<{ last: number | null }>(sql`select max(number) as last from incidents`);
  return rows[0]?.last ?? 0;
}

/** The uid has a column of its own. */
function withoutUid(state: Incident): Incident {
  const { uid: _, ...stored } = state;
  return stored;
}

/** Writes new states over old ones. */
export async function saveIncidents(db: QueryExecutor, saved: readonly StoredIncident[]): Promise<void> {
  if (saved.length === 0) return;
  const summaries = saved.map(({ state }) => ({ version: state.lastEvent, summary: summarizeIncident(state) }));
  const rows = saved.map(({ uid, state }, i) => ({
    number: state.number,
    uid,
    key: state.key,
    status: state.status,
    priority: state.priority,
    service: state.route.service,
    team: state.route.team,
    openedAt: state.openedAt,
    resolvedAt: state.resolvedAt,
    channel: state.channel?.id ?? null,
    gathers: state.channelRequested && !state.private,
    openTasks: hasOpenTasks(state),
    version: state.lastEvent,
    state: toStoredState(withoutUid(state)),
    figures: { version: state.lastEvent, ...summaries[i]!.summary },
  }));
  await db.execute(
    sql`${bulkInsert(incidentsTable, rows)} on conflict (number) do update set status = excluded.status, priority = excluded.priority, resolved_at = excluded.resolved_at, channel = excluded.channel, gathers = excluded.gathers, open_tasks = excluded.open_tasks, version = excluded.version, state = excluded.state, figures = excluded.figures`,
  );
  await saveFigures(db, summaries);
}

/** All but its number, as an upsert sets them. */
const FIGURES_SET = sql.raw(
  Object.keys(getTableColumns(incidentFiguresTable))
    .filter((name) => name !== "number")
    .map(quotedColumn)
    .map((column) => `${column} = excluded.${column}`)
    .join(", "),
);

/** Writes what incidents add to the figures, beside the incidents. Never an older version over a newer one. */
export async function saveFigures(
  db: QueryExecutor,
  saved: readonly { readonly version: number; readonly summary: IncidentSummary }[],
): Promise<void> {
  if (saved.length === 0) return;
  // By number: two writers of the same rows wait for each other, and never in a circle.
  const rows = saved
    .map(({ version, summary }) => ({ version, ...incidentFigures(summary) }))
    .toSorted((a, b) => a.number - b.number);
  await db.execute(
    sql`${bulkInsert(incidentFiguresTable, rows)} on conflict (number) do update set ${FIGURES_SET} where incident_figures.version <= excluded.version`,
  );
}

export type IncidentFilter = {
  readonly status?: readonly Status[];
  readonly priority?: readonly Priority[];
  readonly key?: string;
  readonly service?: string;
  readonly teams?: readonly string[];
  /** true: only those that have a channel. */
  readonly withChannel?: true;
  /** Only those for which this timer is set. */
  readonly timer?: Timer;
  /** true: only those that may have tasks which are not done. */
  readonly openTasks?: true;
  readonly before?: number;
  /** false: only those that everyone may see; true: only the others. */
  readonly private?: boolean;
  readonly limit: number;
};

/** Newest first. */
export async function listIncidents(db: QueryExecutor, filter: IncidentFilter): Promise<StoredIncident[]> {
  const wanted: (SQL | undefined)[] = [
    filter.status && inArray(incidentsTable.status, [...filter.status]),
    filter.priority && inArray(incidentsTable.priority, [...filter.priority]),
    filter.key === undefined ? undefined : eq(incidentsTable.key, filter.key),
    filter.service === undefined ? undefined : eq(incidentsTable.service, filter.service),
    filter.teams && inArray(incidentsTable.team, [...filter.teams]),
    filter.openTasks &&
      sql`(${incidentsTable.openTasks} is not false or ${incidentsTable.number} > (select max(number) from incidents) - ${RECENT})`,
    filter.timer && sql`${incidentsTable.number} in (select incident from timers where timer = ${filter.timer})`,
    filter.withChannel && isNotNull(incidentsTable.channel),
    filter.private === undefined ? undefined : filter.private ? isPrivateSql : not(isPrivateSql),
    filter.before === undefined ? undefined : lt(incidentsTable.number, filter.before),
  ];
  // Of open ones all are sorted: by their order PostgreSQL would walk back through every incident when few or none fit.
  const isOpenOnly = filter.status?.every(isOpen) === true;
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(and(...wanted))
    .orderBy(isOpenOnly ? desc(sql`${incidentsTable.number} + 0`) : desc(incidentsTable.number))
    .limit(filter.limit);
  return complete(rows);
}

/** When the newest incidents of some priorities were opened, at most so many of each: costs the same however many there are. */
export async function recentOpenings(
  db: QueryExecutor,
  priorities: readonly Priority[],
  since: number,
  limit: number,
): Promise<number[]> {
  const { rows } = await db.execute<{ at: number }>(
    sql`select (extract(epoch from i.opened_at) * 1000)::bigint as at from json_array_elements_text(${JSON.stringify(priorities)}::json) as p cross join lateral (select opened_at from incidents where priority = p order by number desc limit ${limit}) i where i.opened_at > ${new Date(since).toISOString()}::timestamptz`,
  );
  return rows.map(({ at }) => Number(at));
}

/**
 * Incidents that only the digest lists, opened in [from, to): the first `limit` of them, oldest first, and how many there
 * are. Looked for as text, as private ones are.
 */
export async function digestOnlyIncidents(
  db: QueryExecutor,
  from: number,
  to: number,
  limit: number,
): Promise<{ readonly count: number; readonly incidents: readonly StoredIncident[] }> {
  const { rows } = await db.execute<StoredIncident & { count: number }>(
    sql`select i.uid, i.state, (count(*) over ())::integer as count from incident_figures f join incidents i on i.number = f.number where f.opened_at >= ${from} and f.opened_at < ${to} and i.state::text like '%"notify":"digest"%' and i.state::text like '%"channelRequested":false%' and i.state::text not like '%"private":true%' order by i.number limit ${limit}`,
  );
  return { count: rows[0]?.count ?? 0, incidents: complete(rows) };
}

/** Incidents that ended while alerts of them fire, which they still do: the newest first. From the alerts that fire, of which there are few. */
export async function endedWhileFiring(db: QueryExecutor): Promise<StoredIncident[]> {
  const { rows } = await db.execute<StoredIncident>(
    sql`select i.uid, i.state from (select distinct incident from alerts where status = 'firing' and incident is not null) a join incidents i on i.number = a.incident where i.status in ('resolved','closed','canceled') order by i.number desc`,
  );
  return complete(rows);
}

/** Whether an incident has tasks that are not done. */
export function hasOpenTasks({ tasks }: Pick<Incident, "tasks">): boolean {
  return tasks.some(({ doneAt }) => doneAt === null);
}

/** How many incidents are open, by priority: a gauge. */
export async function countOpenIncidents(
  db: QueryExecutor,
): Promise<{ readonly priority: Priority; readonly count: number }[]> {
  return db
    .select({ priority: incidentsTable.priority, count: sql<number>`count(*)::integer` })
    .from(incidentsTable)
    .where(inArray(incidentsTable.status, [...OPEN_STATUSES]))
    .groupBy(incidentsTable.priority);
}
