import { flappingAlerts, listAlerts, countSuppressedAlerts, type AlertFilter } from "#db/alerts.ts";
import { loadArrangements } from "#db/arrangements/arrangements.ts";
import { presentRotations } from "#db/oncall/rotations.ts";
import {
  endedWhileFiring,
  incidentByChannel,
  incidentsByNumber,
  listIncidents,
  openPrivateIncidents,
  type IncidentFilter,
  type StoredIncident,
} from "#db/incidents.ts";
import { findIncidents, incidentsWithOpenTasks } from "#db/search/incident-search.ts";
import { readEvents } from "#db/events.ts";
import {
  loadJournal,
  listRuns,
  loadRuns,
  type RunFilter,
  loadStepOutput,
  listStepOutputs,
  type StepAttempt,
} from "#db/runs.ts";
import { readTrackRecords, type RunbookText } from "#db/run-limits.ts";
import type { TrackRecord } from "#domain/automation/run-trust.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import { openIncidentsMark, incidentMarks as versionsOfIncidents } from "#db/search/live-marks.ts";
import { maintenanceEnd } from "#domain/alerting/silence.ts";
import type { RefusalReport } from "#domain/alerting/intake/refused-alert.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import type { OnCallRoster } from "#domain/oncall/oncall.ts";
import { takeOnCallSnapshot, type OnCallSnapshot } from "#domain/oncall/oncall-snapshot.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { IncidentLinks } from "#domain/incident/incident-reference.ts";
import type { CommandAnswer } from "#domain/events/command-outcome.ts";
import { roleTenures, type RoleTenure } from "#domain/postmortem/role-history.ts";
import type { RunWithEvents } from "#domain/postmortem/attempted-steps.ts";
import { toStoredData } from "#db/stored-route.ts";
import { buildTimeline, type TimelineEntry } from "#domain/events/timeline.ts";
import { calendarPath, calendarSecret, isCalendarKey, type CalendarSubject } from "#engine/oncall/calendar-address.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "#engine/oncall/oncall-roster.ts";
import { reportStaffing } from "#engine/oncall/staffing-report.ts";
import { statisticsReads, type StatisticsReads } from "#engine/reporting/statistics-reader.ts";
import { readPostmortem, type Postmortem } from "#engine/postmortem/postmortem-reader.ts";
import { describeKillSwitches } from "#engine/automation/kill-switch.ts";
import { readRefusals } from "#engine/alerting/refusal-report.ts";
import { createReadNotes } from "./audit-recorder.ts";
import { readLinks, readPrivate } from "./incident-lookups.ts";
import { readOpenIncidents } from "./open-incidents.ts";
import { outcomeRead } from "#engine/base/outcome-read.ts";
import { presentNextPages } from "#engine/oncall/next-pages.ts";
import { readIncidentRuns } from "#engine/automation/incident-runs.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/** What the API, the dashboard, the command line and the forms ask for. Reads only; plain shapes. */
export type EngineReader = StatisticsReads & {
  /** Newest first. `sees`: only what it takes; the limit counts that, however much else is newer. */
  incidents(filter: IncidentFilter, sees?: (incident: Incident) => boolean): Promise<readonly Incident[]>;
  /** The open ones that `sees` takes, newest first: at most `limit`, and those that wake people before all others. */
  openIncidents(sees: (incident: Incident) => boolean, limit: number): Promise<readonly Incident[]>;
  incident(number: number): Promise<Incident | null>;
  /** To be awaited before someone is shown a private incident: the audit log has it. */
  noteRead(incident: Incident, person: Person): Promise<void>;
  /** Incidents that ended while alerts of them fire, the newest first. */
  endedWhileFiring(): Promise<readonly Incident[]>;
  /** The newest incident whose channel this is. */
  byChannel(channel: string): Promise<Incident | null>;
  /** Incidents in which someone has tasks to do. */
  tasksOf(person: string): Promise<readonly Incident[]>;
  /** What came of the stored commands of one request: waited for, at most five seconds; null when there are no such commands. */
  outcome(keys: readonly string[]): Promise<CommandAnswer | null>;
  /** Who held which role from when to when. */
  tenures(number: number): Promise<readonly RoleTenure[]>;
  timeline(number: number): Promise<readonly TimelineEntry[] | null>;
  alerts(filter: AlertFilter): Promise<readonly Alert[]>;
  /** The alerts that stopped and started again most often. */
  flapping(filter: Pick<AlertFilter, "limit" | "without">): Promise<readonly Alert[]>;
  postmortem(number: number): Promise<Postmortem | null>;
  /** What differs once something has happened: to what is open, and to each of some incidents. */
  liveMarks(incidents: readonly number[]): Promise<LiveMarks>;
  /** The data for who is on call, some weeks around `at`. */
  rota(at?: Instant): Promise<OnCallRoster>;
  /** The teams whose pages reach no one now: a sentence each. */
  staffing(): Promise<readonly string[]>;
  /** All that decides who is on call now and later. */
  oncallSnapshot(): Promise<OnCallSnapshot>;
  /** Runbooks at work and how they ended, newest first; each with its journal. */
  runs(filter: RunFilter): Promise<readonly { readonly run: Run; readonly journal: readonly JournalLine[] }[]>;
  /** One run; `full`: the attempts of which the whole output is kept apart. */
  run(number: number): Promise<{
    readonly run: Run;
    readonly journal: readonly JournalLine[];
    readonly full: readonly StepAttempt[];
  } | null>;
  /** The whole output of one attempt at a step. */
  stepOutput(run: number, idx: number, attempt: number): Promise<string | null>;
  /** For what automation is off, and why: in words. */
  automationOff(): Promise<readonly string[]>;
  /** The runs of an incident and of those merged into it that its readers may see, newest first. */
  runsIn(number: number): Promise<readonly RunWithEvents[]>;
  /** How each of these runbooks did so far. */
  trackRecords(texts: readonly RunbookText[]): Promise<ReadonlyMap<string, TrackRecord>>;
  /** Where links to these incidents lead. */
  links(numbers: readonly number[]): Promise<IncidentLinks>;
  /** Which of these incidents are private. */
  privateOf(numbers: readonly number[]): Promise<ReadonlySet<number>>;
  /** The secret addresses of calendars: of schedules, and of the shifts of people. */
  calendars(): Promise<(of: CalendarSubject, name: string) => string>;
  /** Whether a key opens a calendar. */
  opensCalendar(of: CalendarSubject, name: string, key: string): Promise<boolean>;
  /** What holds alerts back now, and how many firing ones it does. */
  silences(): Promise<{
    readonly silences: readonly Silence[];
    readonly maintenance: readonly {
      readonly reason: string;
      readonly until: Instant;
      readonly matchers: readonly string[];
    }[];
    readonly held: number;
    /** Canceled incidents that are not private, whose alerts are silenced until they resolve. */
    readonly falseAlarms: readonly Incident[];
  }>;
  /** What the doors refused and no one has dealt with; so many of the alerts, the last ones. */
  refusals(limit: number): Promise<RefusalReport>;
};

/** What differs once something has happened: to what is open and for everyone, to the open private ones, to each of some incidents. */
export type LiveMarks = {
  readonly open: string;
  readonly hidden: readonly Incident[];
  readonly incidents: ReadonlyMap<number, string>;
};

type Reads = Pick<
  Engine,
  | "connection"
  | "clock"
  | "client"
  | "policy"
  | "chat"
  | "paging"
  | "publicUrl"
  | "automationOff"
  | "automation"
  | "webhookSources"
>;

/** Reads for views: each answer is a plain value of that moment. */
export function createReader(engine: Reads): EngineReader {
  return {
    ...incidentReads(engine),
    ...statisticsReads(engine),
    ...runReads(engine),
    ...arrangementReads(engine),
    outcome: outcomeRead(engine),
    noteRead: createReadNotes(engine),
  };
}

type IncidentReads =
  | "incidents"
  | "openIncidents"
  | "incident"
  | "endedWhileFiring"
  | "byChannel"
  | "tasksOf"
  | "tenures"
  | "timeline"
  | "alerts"
  | "flapping"
  | "postmortem"
  | "liveMarks"
  | "links"
  | "privateOf";

function incidentReads(engine: Reads): Pick<EngineReader, IncidentReads> {
  const { db } = engine.connection;
  const incidents: EngineReader["incidents"] = async (filter, sees) =>
    presentNextPages(
      engine,
      (await (sees === undefined ? listIncidents(db, filter) : findIncidents(db, filter, sees))).map(
        ({ state }) => state,
      ),
    );
  const shown = async (stored: StoredIncident | null): Promise<Incident | null> =>
    (await presentNextPages(engine, [stored?.state ?? null]))[0]!;
  return {
    incidents,
    openIncidents: (sees, limit) => readOpenIncidents(incidents, sees, limit),
    incident: async (number) => shown(await storedIncident(engine, number)),
    endedWhileFiring: async () => (await endedWhileFiring(db)).map(({ state }) => state),
    byChannel: async (channel) => shown(await incidentByChannel(db, channel)),
    tasksOf: async (person) =>
      (await incidentsWithOpenTasks(db))
        .map(({ state }) => state)
        .filter(({ tasks }) =>
          tasks.some(({ owner, doneAt }) => isSamePerson(engine.policy(), owner, { id: person }) && doneAt === null),
        ),
    tenures: async (number) => roleTenures(await readEvents(db, number)),
    timeline: async (number) =>
      (await storedIncident(engine, number)) === null
        ? null
        : // The names in its data are public.
          buildTimeline(await readEvents(db, number)).map((entry) => ({ ...entry, data: toStoredData(entry) })),
    alerts: (filter) => listAlerts(db, filter),
    flapping: (filter) => flappingAlerts(db, filter),
    postmortem: async (number) => {
      const found = await storedIncident(engine, number);
      return found === null ? null : readPostmortem(engine, found);
    },
    async liveMarks(numbers) {
      const [open, hidden, known] = await Promise.all([
        openIncidentsMark(db),
        openPrivateIncidents(db),
        versionsOfIncidents(db, numbers),
      ]);
      return { open, hidden: hidden.map(({ state }) => state), incidents: known };
    },
    links: (numbers) => readLinks(db, numbers),
    privateOf: (numbers) => readPrivate(db, numbers),
  };
}

type RunReads = "runs" | "run" | "stepOutput" | "automationOff" | "runsIn" | "trackRecords";

function runReads(engine: Reads): Pick<EngineReader, RunReads> {
  const { db } = engine.connection;
  return {
    async runs(filter) {
      const found = await listRuns(db, filter);
      const lines = await loadJournal(
        db,
        found.map(({ number }) => number),
      );
      return found.map((run) => ({ run, journal: lines.filter((line) => line.run === run.number) }));
    },
    async run(number) {
      const [run] = await loadRuns(db, [number]);
      return run === undefined
        ? null
        : { run, journal: await loadJournal(db, [number]), full: await listStepOutputs(db, number) };
    },
    stepOutput: (run, idx, attempt) => loadStepOutput(db, { run, idx, attempt }),
    automationOff: () => describeKillSwitches(engine, db),
    async runsIn(number) {
      const found = await storedIncident(engine, number);
      const runs = found === null ? [] : await readIncidentRuns(db, found.state, await readEvents(db, number));
      return runs.toSorted((a, b) => b.run.number - a.run.number);
    },
    trackRecords: (texts) => readTrackRecords(db, texts, engine.clock()),
  };
}

function arrangementReads(
  engine: Reads,
): Pick<
  EngineReader,
  "rota" | "staffing" | "oncallSnapshot" | "calendars" | "opensCalendar" | "silences" | "refusals"
> {
  const { db } = engine.connection;
  return {
    rota: (at = engine.clock()) => loadRoster(engine, at),
    staffing: () => reportStaffing(engine, 0),
    async oncallSnapshot() {
      const now = engine.clock();
      return takeOnCallSnapshot(await loadRoster(engine, now), await presentRotations(db, now), now);
    },
    async calendars() {
      const secret = await calendarSecret(db);
      return (of, name) => `${engine.publicUrl}${calendarPath(secret, of, name)}`;
    },
    refusals: (limit) => readRefusals(engine, limit),
    opensCalendar: async (of, name, key) => isCalendarKey(await calendarSecret(db), of, name, key),
    async silences() {
      const now = engine.clock();
      const { silences } = await loadArrangements(db, now, now);
      const windows = engine.policy().maintenance.map((window) => ({
        reason: window.reason,
        matchers: window.match.texts,
        until: maintenanceEnd(window, now),
      }));
      return {
        silences: silences,
        maintenance: windows.flatMap(({ until, ...rest }) => (until === null ? [] : [{ ...rest, until }])),
        held: await countSuppressedAlerts(db),
        falseAlarms: (await endedWhileFiring(db))
          .map(({ state }) => state)
          .filter(({ falseAlarm, private: hidden }) => falseAlarm !== null && !hidden),
      };
    },
  };
}

async function storedIncident({ connection: { db } }: Reads, number: number): Promise<StoredIncident | null> {
  return (await incidentsByNumber(db, [number]))[0] ?? null;
}
