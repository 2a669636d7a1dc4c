import { flappingAlerts, listAlerts, mutedCount, type AlertFilter } from "#db/alerts.ts";
import { loadArrangements } from "#db/arrangements.ts";
import { casesBetween } from "#db/cases.ts";
import type { Executor } from "#db/client.ts";
import { outcomeOf, type Done } from "#db/commands.ts";
import { readEvents } from "#db/events.ts";
import { byChannel, byNumber, earlierOfKey, listIncidents, openPrivate, withTasksOf, type IncidentFilter, type StoredIncident } from "#db/incidents.ts";
import { journalOf, listRuns, type RunFilter } from "#db/runs.ts";
import { runId, stepOf, type Journalled, type Run } from "#domain/run.ts";
import { writings } from "#db/postmortems.ts";
import { openMark, versionsOf as versionsOfIncidents } from "#db/live.ts";
import { endOf, type Mute } from "#domain/mute.ts";
import type { Rota } from "#domain/oncall.ts";
import type { Alert } from "#domain/alert.ts";
import { counts } from "#domain/case.ts";
import { iso } from "#domain/instant.ts";
import { incidentId, incidentNumber, type Instant } from "#domain/language.ts";
import type { Incident } from "#domain/incident.ts";
import type { Policy } from "#domain/policy.ts";
import { assemble, type Around, type Draft, type HumanTexts } from "#domain/postmortem.ts";
import { lint, type Problem } from "#domain/postmortem-lint.ts";
import { tenures, type Tenure } from "#domain/role-history.ts";
import { needed, statistics, type Asked, type Statistics } from "#domain/stats.ts";
import { monthly, monthsBefore, type MonthFigures } from "#domain/stats-months.ts";
import { describeAll, timeline, type TimelineEntry } from "#domain/timeline.ts";
import { digest, textsOf, versionsOf, type Base, type Writing } from "#domain/writing.ts";
import { postmortem, questions } from "#views/postmortem.ts";
import { calendarPath, calendarSecret, opensCalendar, type CalendarOf } from "./calendar.ts";
import type { Engine } from "./engine.ts";
import { rotaAt } from "./perform-oncall.ts";

/** What the API, the dashboard, the command line and the forms ask for. Reads only; plain shapes. */
export type Reader = {
  incidents(filter: IncidentFilter): Promise<readonly Incident[]>;
  incident(number: number): Promise<Incident | null>;
  /** The newest incident whose channel this is. */
  byChannel(channel: string): Promise<Incident | null>;
  /** What the incidents of a period add up to (docs/statistics.md). */
  statistics(period: Period): Promise<Statistics>;
  /** The same, and beside it so many months, the last of them that of the period's end. */
  statisticsByMonth(period: Period, months: number): Promise<{ readonly figures: Statistics; readonly months: readonly MonthFigures[] }>;
  /** Incidents in which somebody has tasks to do. */
  tasksOf(person: string): Promise<readonly Incident[]>;
  /** What came of a stored command: waited for, at most five seconds; null when there is no such command. */
  outcome(key: string): Promise<Outcome | "pending" | null>;
  /** Who held which role from when to when. */
  tenures(number: number): Promise<readonly Tenure[]>;
  timeline(number: number): Promise<readonly TimelineEntry[] | null>;
  alerts(filter: AlertFilter): Promise<readonly Alert[]>;
  /** The alerts that stopped and started again most often. */
  flapping(limit: number): Promise<readonly Alert[]>;
  postmortem(number: number): Promise<Postmortem | null>;
  /** What differs once something has happened: to what is open, and to each of some incidents. */
  liveMarks(incidents: readonly number[]): Promise<LiveMarks>;
  /** What says who is on call, some weeks around `at`. */
  rota(at?: Instant): Promise<Rota>;
  /** Runbooks at work and how they ended, newest first; each with its journal. */
  runs(filter: RunFilter): Promise<readonly { readonly run: Run; readonly journal: readonly Journalled[] }[]>;
  /** Which of these incidents are private. */
  privateOf(numbers: readonly number[]): Promise<ReadonlySet<number>>;
  /** The secret addresses of calendars: of schedules, and of the shifts of people. */
  calendars(): Promise<(of: CalendarOf, name: string) => string>;
  /** Whether a key opens a calendar. */
  opensCalendar(of: CalendarOf, name: string, key: string): Promise<boolean>;
  /** What holds alerts back now, and how many firing ones it does. */
  mutes(): Promise<{
    readonly mutes: readonly Mute[];
    readonly maintenance: readonly { readonly reason: string; readonly until: Instant; readonly matchers: readonly string[] }[];
    readonly held: number;
  }>;
};

/** What differs once something has happened: to what is open and for everybody, to the open private ones, to each of some incidents. */
export type LiveMarks = { readonly open: string; readonly hidden: readonly Incident[]; readonly incidents: ReadonlyMap<number, string> };

/** Which figures: what the policy and the clock say is added. */
export type Period = Omit<Asked, "now" | "slos" | "people">;

/** In words; `refused` when nothing was changed. */
export type Outcome = { readonly text: string; readonly refused: boolean };

export type Postmortem = {
  readonly draft: Draft;
  readonly human: HumanTexts;
  readonly markdown: string;
  /** What keeps it from being reviewed. */
  readonly problems: readonly Problem[];
  /** Every version of every section. */
  readonly writings: readonly Writing[];
};

type Reads = Pick<Engine, "connection" | "clock" | "policy" | "publicUrl">;

export function createReader(engine: Reads): Reader {
  const { db } = engine.connection;
  const stored = async (number: number): Promise<StoredIncident | null> => (await byNumber(db, [number]))[0] ?? null;
  return {
    incidents: async (filter) => (await listIncidents(db, filter)).map(({ state }) => state),
    incident: async (number) => (await stored(number))?.state ?? null,
    byChannel: async (channel) => (await byChannel(db, channel))?.state ?? null,
    async statistics(period) {
      const asked = { ...period, now: engine.clock(), slos: slosOf(engine.policy()), people: zonesOf(engine.policy()) };
      const { from, to } = needed(period);
      return statistics(await casesBetween(db, from, to), asked);
    },
    async statisticsByMonth(period, count) {
      const asked = { ...period, now: engine.clock(), slos: slosOf(engine.policy()), people: zonesOf(engine.policy()) };
      const { from, to } = needed(period);
      const months = monthsBefore(period.to, count);
      const cases = await casesBetween(db, Math.min(from, months[0]!.from), to);
      return { figures: statistics(cases, asked), months: monthly(cases, months, asked) };
    },
    tasksOf: async (person) => (await withTasksOf(db, person)).map(({ state }) => state),
    async outcome(key) {
      for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
        const done = await outcomeOf(db, key);
        if (done !== "pending") return done === null ? null : told(db, done);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      return "pending";
    },
    tenures: async (number) => tenures(await readEvents(db, number)),
    timeline: async (number) => ((await stored(number)) === null ? null : timeline(await readEvents(db, number))),
    alerts: (filter) => listAlerts(db, filter),
    flapping: (limit) => flappingAlerts(db, limit),
    postmortem: async (number) => {
      const found = await stored(number);
      return found === null ? null : postmortemOf(engine, found);
    },
    async liveMarks(numbers) {
      const [open, hidden, known] = await Promise.all([openMark(db), openPrivate(db), versionsOfIncidents(db, numbers)]);
      return { open, hidden: hidden.map(({ state }) => state), incidents: known };
    },
    rota: (at = engine.clock()) => rotaAt(engine, at),
    async runs(filter) {
      const found = await listRuns(db, filter);
      const lines = await journalOf(
        db,
        found.map(({ number }) => number),
      );
      return found.map((run) => ({ run, journal: lines.filter((line) => line.run === run.number) }));
    },
    privateOf: async (numbers) => new Set((await byNumber(db, [...new Set(numbers)])).flatMap(({ state }) => (state.private ? [state.number] : []))),
    async calendars() {
      const secret = await calendarSecret(db);
      return (of, name) => `${engine.publicUrl}${calendarPath(secret, of, name)}`;
    },
    opensCalendar: async (of, name, key) => opensCalendar(await calendarSecret(db), of, name, key),
    async mutes() {
      const now = engine.clock();
      const { mutes } = await loadArrangements(db, now, now);
      const windows = engine.policy().maintenance.map((window) => ({ reason: window.reason, matchers: window.match.texts, until: endOf(window, now) }));
      return { mutes, maintenance: windows.flatMap(({ until, ...rest }) => (until === null ? [] : [{ ...rest, until }])), held: await mutedCount(db) };
    },
  };
}

const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 50;

async function told(db: Executor, { id, outcome, incident }: Done): Promise<Outcome> {
  const refused = /^(?:refused|failed): ([\s\S]*)$/.exec(outcome);
  if (refused !== null) return { text: refused[1]!, refused: true };
  const number = incident ?? incidentNumber(outcome.split(" ").at(-1) ?? "");
  const events = number === null ? [] : (await readEvents(db, number)).filter(({ evidence }) => evidence.command === `command ${id}`);
  return {
    text: events.length === 0 ? "Nothing to change." : `${events[0]!.type === "incident.opened" ? "" : `${incidentId(number!)}: `}${describeAll(events)}`,
    refused: false,
  };
}

function slosOf({ services }: Policy): ReadonlyMap<string, number | null> {
  return new Map(Object.entries(services).map(([name, { slo }]) => [name, slo ?? null]));
}

function zonesOf({ people }: Policy): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(people).map(([id, { name, timezone }]) => [name ?? id, timezone ?? null]));
}

/** Incidents with the same signature that a draft tells of. */
const EARLIER = 10;

/** The postmortem of an incident: computed anew from its events, with what people wrote. */
export async function postmortemOf(engine: Reads, { state }: StoredIncident): Promise<Postmortem> {
  const { db }: { db: Executor } = engine.connection;
  const policy = engine.policy();
  const before = (await earlierOfKey(db, state, EARLIER)).map((each) => each.state);
  const draft = assemble(state, await readEvents(db, state.number), engine.clock(), {
    // Whoever may read of this one may not know of a private one.
    earlier: before.filter((each) => counts(each) && (state.private || !each.private)),
    rule: policy.postmortem,
    revenue: revenueOf(policy, state.route.service),
  });
  const all = await writings(db, state.number);
  const human = textsOf(all);
  const names = Object.entries(policy.people).map(([id, { name }]) => name ?? id);
  return { draft, human, markdown: postmortem(draft, human), problems: lint(draft, human, names), writings: all };
}

/** What whoever edits this page begins with. */
export function baseOf({ draft, writings: all }: Postmortem): Base {
  return { versions: versionsOf(all), asked: digest(questions(draft).action_items) };
}

function revenueOf({ services, revenuePerMinute }: Policy, service: string | null): NonNullable<Around["revenue"]> {
  const own = service !== null && Object.hasOwn(services, service) ? services[service]!.revenuePerMinute : undefined;
  return own === undefined ? { perMinute: revenuePerMinute, of: "policy" } : { perMinute: own, of: "service" };
}

/** An incident as the API shows it (README.md); times are ISO 8601 in UTC. */
export function presentIncident(incident: Incident, runs: readonly Run[] = []): Record<string, unknown> {
  const time = (at: Instant | null): string | null => (at === null ? null : iso(at));
  const { number, route, escalation, roles } = incident;
  return {
    id: incidentId(number),
    title: incident.title,
    priority: incident.priority,
    sev: incident.plan.sev,
    status: incident.status,
    service: route.service,
    team: route.team,
    drill: incident.drill,
    private: incident.private,
    detectedAt: time(incident.detectedAt),
    openedAt: time(incident.openedAt),
    acknowledgedAt: time(incident.acknowledgedAt),
    mitigatedAt: time(incident.mitigatedAt),
    resolvedAt: time(incident.resolvedAt),
    closedAt: time(incident.closedAt),
    quietUntil: time(incident.quietUntil),
    alerts: incident.alerts,
    priorityReason: incident.priorityReason,
    routeReason: route.reason,
    channel: incident.channel,
    roles,
    pages: incident.pages.map(({ key, to, via, sentAt, acknowledgedAt, status }) => ({
      to,
      via,
      sentAt: time(sentAt),
      acknowledgedAt: time(acknowledgedAt),
      status,
      key,
    })),
    escalation: { step: escalation.step, next: escalation.next === null ? null : { to: escalation.next.to, at: iso(escalation.next.at) } },
    acknowledgedUntil: incident.status === "acknowledged" ? time(incident.ackUntil) : null,
    storm: incident.storm === null ? null : { until: iso(incident.storm.until), held: incident.storm.total, services: incident.storm.services },
    summary: incident.summary,
    mergedInto: incident.mergedInto === null ? null : incidentId(incident.mergedInto),
    handoff: incident.handoff === null ? null : { to: incident.handoff.to, from: incident.handoff.from, at: iso(incident.handoff.at) },
    updates: {
      sent: incident.updates.sent,
      onTime: incident.updates.onTime,
      longestSilenceMs: incident.updates.longestSilence,
      lastAt: time(incident.updates.last),
      nextDueAt: time(incident.updates.due),
    },
    tasks: incident.tasks.map(({ doneAt, ...task }) => ({ ...task, doneAt: time(doneAt) })),
    tickets: incident.tickets.map(({ key, url }) => ({ url, key })),
    runs: runs.map(({ number: n, runbook, mode, state, reason }) => ({ id: runId(n), runbook, mode, state, reason })),
    links: incident.links,
  };
}

/** A run as the API shows it, with what was done and found. */
export function presentRun({ run, journal }: { readonly run: Run; readonly journal: readonly Journalled[] }): Record<string, unknown> {
  const time = (at: Instant | null): string | null => (at === null ? null : iso(at));
  const { number, incident, runbook, mode, target, state, reason, asked, createdAt, startedAt, finishedAt, by, plan, planHash, sha } = run;
  return {
    id: runId(number),
    incident: incident === null ? null : incidentId(incident),
    ...{ runbook, sha, mode, target, state, reason, planHash },
    by: by?.name ?? null,
    asked:
      asked === null ? null : { step: plan.steps[asked.step]?.id, why: asked.why, from: asked.from, count: asked.count, until: iso(asked.until), by: asked.by },
    createdAt: iso(createdAt),
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    steps: journal.map(({ idx, attempt, state: was, intent, outcome, before, after, ...line }) => ({
      step: plan.steps[stepOf(idx)]?.id,
      undo: idx < 0,
      ...{ attempt, state: was, intent, outcome, before, after },
      startedAt: time(line.startedAt),
      finishedAt: time(line.finishedAt),
    })),
  };
}

export function presentAlert(alert: Alert): Record<string, unknown> {
  const { incident, startsAt, firstStartsAt, endsAt, firstSeenAt, lastSeenAt, mutedUntil, mutedWhy, seq: _, ...rest } = alert;
  return {
    ...rest,
    incident: incident === null ? null : incidentId(incident),
    startsAt: iso(startsAt),
    firstStartsAt: iso(firstStartsAt),
    endsAt: endsAt === null ? null : iso(endsAt),
    firstSeenAt: iso(firstSeenAt),
    lastSeenAt: iso(lastSeenAt),
    muted: mutedUntil === null ? null : { until: iso(mutedUntil), why: mutedWhy },
  };
}

export function presentEntry(entry: TimelineEntry): Record<string, unknown> {
  return { ...entry, at: iso(entry.at), recordedAt: iso(entry.recordedAt) };
}
