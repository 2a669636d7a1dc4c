import { flappingAlerts, listAlerts, mutedCount, type AlertFilter } from "#db/alerts.ts";
import { loadArrangements } from "#db/arrangements.ts";
import { casesBetween } from "#db/cases.ts";
import type { Executor } from "#db/client.ts";
import { outcomeOf, type Done } from "#db/commands.ts";
import { readEvents } from "#db/events.ts";
import { byChannel, byNumber, listIncidents, openPrivate, withTasksOf, type IncidentFilter, type StoredIncident } from "#db/incidents.ts";
import { journalOf, listRuns, runsOf, type RunFilter } from "#db/runs.ts";
import { outputOf, outputsOf, type OutputOf } from "#db/step-outputs.ts";
import { trackRecordsOf, type Words } from "#db/run-limits.ts";
import type { TrackRecord } from "#domain/run-trust.ts";
import type { Journalled, Run } from "#domain/run.ts";
import { openMark, versionsOf as versionsOfIncidents } from "#db/live.ts";
import { endOf, type Mute } from "#domain/mute.ts";
import type { Rota } from "#domain/oncall.ts";
import type { Alert } from "#domain/alert.ts";
import { incidentId, incidentNumber, type Instant } from "#domain/language.ts";
import type { Incident } from "#domain/incident.ts";
import { tenures, type Tenure } from "#domain/role-history.ts";
import { needed, statistics, type Statistics } from "#domain/stats.ts";
import type { RunToldOf } from "#domain/run-tried.ts";
import { monthly, monthsBefore, type MonthFigures } from "#domain/stats-months.ts";
import { describeAll, timeline, type TimelineEntry } from "#domain/timeline.ts";
import { calendarPath, calendarSecret, opensCalendar, type CalendarOf } from "./calendar.ts";
import type { Engine } from "./engine.ts";
import { rotaAt } from "./perform-oncall.ts";
import { askedOf, type Period } from "./read-figures.ts";
import { postmortemOf, type Postmortem } from "./read-postmortem.ts";
import { offWords } from "#engine/runs/off.ts";
import { runsWithin } from "#engine/runs/within.ts";

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
  /** One run; `full`: the attempts of which the whole output is kept apart. */
  run(number: number): Promise<{ readonly run: Run; readonly journal: readonly Journalled[]; readonly full: readonly OutputOf[] } | null>;
  /** The whole output of one attempt at a step. */
  stepOutput(run: number, idx: number, attempt: number): Promise<string | null>;
  /** For what automation is off, and why: in words. */
  automationOff(): Promise<readonly string[]>;
  /** The runs of an incident and of those merged into it that whoever may read of it may know of, newest first. */
  runsIn(number: number): Promise<readonly RunToldOf[]>;
  /** How each of these runbooks did so far. */
  trackRecords(texts: readonly Words[]): Promise<ReadonlyMap<string, TrackRecord>>;
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

/** In words; `refused` when nothing was changed. */
export type Outcome = { readonly text: string; readonly refused: boolean };

type Reads = Pick<Engine, "connection" | "clock" | "policy" | "publicUrl" | "automationOff" | "automata">;

export function createReader(engine: Reads): Reader {
  const { db } = engine.connection;
  const stored = async (number: number): Promise<StoredIncident | null> => (await byNumber(db, [number]))[0] ?? null;
  return {
    incidents: async (filter) => (await listIncidents(db, filter)).map(({ state }) => state),
    incident: async (number) => (await stored(number))?.state ?? null,
    byChannel: async (channel) => (await byChannel(db, channel))?.state ?? null,
    async statistics(period) {
      const { from, to } = needed(period);
      const cases = await casesBetween(db, from, to);
      return statistics(cases, await askedOf(engine, cases, period));
    },
    async statisticsByMonth(period, count) {
      const { from, to } = needed(period);
      const months = monthsBefore(period.to, count);
      const cases = await casesBetween(db, Math.min(from, months[0]!.from), to);
      const asked = await askedOf(engine, cases, period);
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
    async run(number) {
      const [run] = await runsOf(db, [number]);
      return run === undefined ? null : { run, journal: await journalOf(db, [number]), full: await outputsOf(db, number) };
    },
    stepOutput: (run, idx, attempt) => outputOf(db, { run, idx, attempt }),
    automationOff: () => offWords(engine, db),
    async runsIn(number) {
      const found = await stored(number);
      const runs = found === null ? [] : await runsWithin(db, found.state, await readEvents(db, number));
      return runs.toSorted((a, b) => b.run.number - a.run.number);
    },
    trackRecords: (texts) => trackRecordsOf(db, texts, engine.clock()),
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
