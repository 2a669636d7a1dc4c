import { and, desc, eq, gte, inArray, isNotNull, lt, not, sql, type SQL, asc, isNull, or } from "drizzle-orm";
import { INCIDENT_DEFAULTS, type Incident } from "#domain/incident/incident.ts";
import { completeEscalation, type EscalationState } from "#domain/incident/escalation-state.ts";
import {
  isOpen,
  MUSTER_ACTOR,
  OPEN_STATUSES,
  type Priority,
  type Status,
  type Instant,
} from "#domain/values/language.ts";
import { bulkInsert } from "./bulk-insert.ts";
import { summarizeIncident, type IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { QueryExecutor } from "./client.ts";
import { fromStoredState, toStoredState } from "./stored-route.ts";
import { incidentsTable } from "./schema.ts";

/** An incident as stored: its state, and the id that the outside world's idempotency keys are made of. */
export type StoredIncident = { readonly uid: string; readonly state: Incident };

/** The newest incidents are looked at whatever their mark says: a version that sets none may be changing them. */
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

/** An earlier version knew only by the status who had answered. */
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
  const rows = saved.map(({ uid, state }) => ({
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
    gathers: state.channelRequested,
    openTasks: hasOpenTasks(state),
    version: state.lastEvent,
    state: toStoredState(withoutUid(state)),
    figures: { version: state.lastEvent, ...summarizeIncident(state) },
  }));
  await db.execute(
    sql`${bulkInsert(incidentsTable, rows)} on conflict (number) do update set status = excluded.status, priority = excluded.priority, resolved_at = excluded.resolved_at, channel = excluded.channel, gathers = excluded.gathers, open_tasks = excluded.open_tasks, version = excluded.version, state = excluded.state, figures = excluded.figures`,
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
  /** true: only those that may have tasks which are not done. */
  readonly openTasks?: true;
  readonly before?: number;
  /** false: only those that everyone may see; true: only the others. */
  readonly private?: boolean;
  /** true: only those with alerts that are held back, or that flap. */
  readonly noisy?: true;
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
    filter.withChannel && isNotNull(incidentsTable.channel),
    filter.private === undefined ? undefined : filter.private ? isPrivateSql : not(isPrivateSql),
    filter.noisy &&
      sql`${incidentsTable.number} in (select incident from alerts where incident is not null and (muted_until is not null or flaps > 0))`,
    filter.before === undefined ? undefined : lt(incidentsTable.number, filter.before),
  ];
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(and(...wanted))
    .orderBy(desc(incidentsTable.number))
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

/** Incidents that only the digest lists, opened in [from, to), oldest first. */
export async function digestOnlyIncidents(db: QueryExecutor, from: number, to: number): Promise<StoredIncident[]> {
  const rows = await db
    .select(columns)
    .from(incidentsTable)
    .where(
      and(
        gte(incidentsTable.openedAt, new Date(from)),
        lt(incidentsTable.openedAt, new Date(to)),
        sql`${incidentsTable.state}->'plan'->>'notify' = 'digest'`,
        sql`${incidentsTable.state}->>'channelRequested' = 'false'`,
      ),
    )
    .orderBy(incidentsTable.number)
    .limit(1_000);
  return complete(rows);
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

/**
 * What statistics need of the incidents that were open at some instant of [from, to), oldest first. It is stored beside
 * each state, because a state is ten times as large. A row that a version without figures wrote last is read from its state.
 */
export async function summariesBetween(db: QueryExecutor, from: Instant, to: Instant): Promise<IncidentSummary[]> {
  const rows = await db
    .select({ number: incidentsTable.number, version: incidentsTable.version, figures: incidentsTable.figures })
    .from(incidentsTable)
    .where(
      and(
        lt(incidentsTable.openedAt, new Date(to)),
        or(isNull(incidentsTable.resolvedAt), gte(incidentsTable.resolvedAt, new Date(from))),
      ),
    )
    .orderBy(asc(incidentsTable.number));
  const old = rows
    .filter(({ version, figures }) => figures === null || figures.version !== version)
    .map(({ number }) => number);
  const read = new Map<number, IncidentSummary>();
  for (let i = 0; i < old.length; i += PAGE)
    for (const { state } of await incidentsByNumber(db, old.slice(i, i + PAGE)))
      read.set(state.number, summarizeIncident(state));
  return rows.flatMap(({ number, figures }) => read.get(number) ?? figures ?? []);
}

/** Whole states that are read at once. */
const PAGE = 1_000;
