import { readAuditRows } from "#db/audit/audit-entries.ts";
import { enqueueChannelChecks } from "#db/effects.ts";
import { inviteRefusedPeople } from "#engine/channel/refused-people.ts";
import { pruneHistory } from "#db/retention.ts";
import { recordHeartbeat } from "#db/watch/heartbeats.ts";
import { PAUSE_MS } from "#domain/alerting/heartbeat.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { LANES } from "#domain/values/language.ts";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { createDailyDigest } from "#engine/reporting/daily-digest.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { ClockTrust } from "./clock-trust.ts";
import type { ProcessRole } from "./doors.ts";
import { LOOKED_EVERY_MS, recheckSessions } from "#engine/response/session-checks.ts";
import { retryRefusedTickets } from "#engine/tickets/refused-tickets.ts";
import { createTicketSync } from "#engine/tickets/ticket-sync.ts";
import { auditDeadlines } from "#engine/loop/deadline-audit.ts";
import type { LaneWatch } from "#engine/loop/lane-watch.ts";
import { pollOverdueLanes, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import { createNextPagesRefresh } from "#engine/oncall/next-pages.ts";
import { announceShifts, syncPagerShifts } from "#engine/oncall/shift-announcements.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { endRecoveredRefusals } from "#engine/alerting/refusal-ledger.ts";
import { recordWork, reportInterruption } from "#engine/alerting/interruption-report.ts";
import { auditRechecks } from "#engine/alerting/recheck-audit.ts";
import { resolveAnsweredFailures } from "#engine/alerting/answered-failures.ts";
import { ingestUnsilenced } from "#engine/alerting/silence-expiry.ts";
import { createFiguresRefresh } from "#engine/reporting/figures-keeper.ts";
import { createWeeklyDigest } from "#engine/reporting/weekly-digest.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";

/** How often a process with open doors records that it can receive, in ms: several times in PAUSE_MS. */
const HEARTBEAT_MS = 20_000;

/** Every process that receives does this: it separates the silence of senders from a pause of Muster. */
function startHeartbeat({ connection: { db }, clock, log }: Engine, pace: number): NodeJS.Timeout {
  const beat = (): void =>
    void recordHeartbeat(db, "doors", clock(), null, PAUSE_MS * pace).catch((err: unknown) =>
      log.warn({ err }, "could not record that alerts can be received; retrying"),
    );
  beat();
  return setInterval(beat, HEARTBEAT_MS);
}

/** Every worker does this: it reveals a time in which none ran, which is then announced. */
function startWorkRecord(engine: Engine, submit: SubmitCommand, pace: number): NodeJS.Timeout {
  const record = (): void =>
    void recordWork(engine, submit, pace).catch((err: unknown) =>
      engine.log.warn({ err }, "could not record that a worker runs; retrying"),
    );
  record();
  return setInterval(record, HEARTBEAT_MS);
}

/** How often the clock is compared with the database's, in ms. */
const MEASURED_EVERY_MS = 2_000;

/** What every process does: it compares its clock with the database's, one question at a time. */
export function startClockMeasurement(
  trust: Pick<ClockTrust, "measure">,
  engine: Engine,
  submit: SubmitCommand,
): NodeJS.Timeout {
  let asking = false;
  return setInterval(() => {
    if (asking) return;
    asking = true;
    void trust
      .measure()
      // A long step forward looks like a pause, and the workers' heartbeat reports that.
      .then((step) =>
        step === null || step.to - step.from > PAUSE_MS
          ? undefined
          : reportInterruption(engine, submit, { kind: "step", from: step.from, until: step.to }),
      )
      .catch((err: unknown) => engine.log.debug({ err }, "could not read the database's clock; retrying"))
      .finally(() => (asking = false));
  }, MEASURED_EVERY_MS);
}

/** What a process does by the clock. `every`: ms between two looks for forgotten work; `pace`: how many ms of our clock pass in a real one. */
export function startTimers(
  role: ProcessRole,
  engine: Engine,
  workers: LaneWorkers,
  submit: SubmitCommand,
  watch: LaneWatch,
  { every, pace = 1 }: { readonly every: number; readonly pace?: number },
): NodeJS.Timeout[] {
  if (role !== "web") retryTickets(engine);
  return [
    ...(role === "worker" ? [] : [startHeartbeat(engine, pace)]),
    ...(role === "web"
      ? []
      : [startWorkRecord(engine, submit, pace), ...startScheduler(engine, workers, submit, watch, every)]),
  ];
}

/** At a start: what refused tickets may be mended by the settings that this process starts with. */
function retryTickets(engine: Engine): void {
  void retryRefusedTickets(engine).catch((err: unknown) =>
    engine.log.warn({ err }, "could not try the refused tickets again; they wait for their time"),
  );
}

/** What a worker does by the clock: find forgotten work, send the day's digest, forget what is long done. */
export function startScheduler(
  engine: Engine,
  workers: LaneWorkers,
  submit: SubmitCommand,
  watch: LaneWatch,
  every: number,
): NodeJS.Timeout[] {
  const regular: readonly (readonly [what: string, every: number, work: () => Promise<unknown>])[] = [
    ["the sweep", every, () => pollOverdueLanes(engine, workers, LANES, (lanes) => watch.polled(lanes))],
    ["the digest", 30_000, createDailyDigest(engine, submit)],
    ["the digest of the week", 30_000, createWeeklyDigest(engine, submit)],
    ["watching the sources", MINUTE_MS, () => monitorStaleness(engine, submit)],
    ["looking at refused senders", MINUTE_MS, () => endRecoveredRefusals(engine, submit)],
    ["announcing hand-offs", 30_000, () => announceShifts(engine, submit)],
    ["showing who is paged next", 30_000, createNextPagesRefresh(engine)],
    ["looking at the tickets of follow-ups", 5 * MINUTE_MS, createTicketSync(engine, submit)],
    ["following the pager's schedules", 5 * MINUTE_MS, () => syncPagerShifts(engine)],
    ["looking at silenced alerts", 30_000, () => ingestUnsilenced(engine, submit)],
    ["looking at put aside commands", MINUTE_MS, () => resolveAnsweredFailures(engine, submit)],
    ["the audit of escalations", MINUTE_MS, () => auditEscalations(engine, submit)],
    ["the audit of deadlines", MINUTE_MS, () => auditDeadlines(engine, submit)],
    ["the audit of re-checks", MINUTE_MS, () => auditRechecks(engine, submit)],
    ["asking whether people who are signed in are still there", LOOKED_EVERY_MS, () => recheckSessions(engine)],
    ["looking at the channels", 30_000, () => checkChannels(engine)],
    ["inviting those whom the chat refused", 10 * MINUTE_MS, () => inviteRefusedPeople(engine)],
    ["completing the figures", FIGURES_MS, createFiguresRefresh(engine)],
    [
      "pruning",
      HOUR_MS,
      () => pruneHistory(engine.connection.db, engine.clock(), pauseBetweenPrunes, engine.policy().retention),
    ],
    ["noting the audit log's head", HOUR_MS, () => logAuditHead(engine)],
  ];
  return regular.map(([what, ms, work]) =>
    setInterval(
      () => void work().catch((err: unknown) => engine.log.warn({ err }, `${what} failed; the next one tries again`)),
      ms,
    ),
  );
}

/** How often figures that an older version left behind are looked for, in ms: it looks at every incident. */
const FIGURES_MS = 5 * MINUTE_MS;

/** Long enough that what waits for the disk gets its turn; 5,000 rows a second are forgotten at most. */
const PRUNE_PAUSE_MS = 1_000;
const pauseBetweenPrunes = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PRUNE_PAUSE_MS).unref());

/** Someone who changes the database cannot change the logs that were sent elsewhere: `muster audit verify --anchor` compares. */
async function logAuditHead({ connection, log }: Engine): Promise<void> {
  const [head] = await readAuditRows(connection.db, { limit: 1 });
  if (head !== undefined) log.info({ audit: { seq: head.seq, hash: head.hash } }, "the newest entry of the audit log");
}

async function checkChannels(engine: Engine): Promise<void> {
  await enqueueChannelChecks(engine.connection.db, engine.clock());
  engine.wakeLane("chat", { urgency: 4, delayMs: 0 });
}
