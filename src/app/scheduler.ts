import { enqueueChannelChecks } from "#db/effects.ts";
import { pruneHistory } from "#db/retention.ts";
import { recordHeartbeat } from "#db/watch/heartbeats.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { LANES } from "#domain/values/language.ts";
import { auditEscalations } from "#engine/paging/escalation-audit.ts";
import { createDailyDigest } from "#engine/reporting/daily-digest.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { ProcessRole } from "./doors.ts";
import { createTicketSync } from "#engine/tickets/ticket-sync.ts";
import type { LaneWatch } from "#engine/loop/lane-watch.ts";
import { pollOverdueLanes, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import { announceShifts, syncPagerShifts } from "#engine/oncall/shift-announcements.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { endRecoveredRefusals } from "#engine/alerting/refusal-ledger.ts";
import { auditRechecks } from "#engine/alerting/recheck-audit.ts";
import { resolveAnsweredFailures } from "#engine/alerting/answered-failures.ts";
import { ingestUnsilenced } from "#engine/alerting/silence-expiry.ts";
import { createWeeklyDigest } from "#engine/reporting/weekly-digest.ts";
import { monitorStaleness } from "#engine/alerting/staleness-monitor.ts";

/** How often a process with open doors says that it can receive, in ms: several times in PAUSE_MS. */
const HEARTBEAT_MS = 20_000;

/** What every process that receives does: by this its silence and that of its senders are told apart. */
function startHeartbeat({ connection: { db }, clock, log }: Engine): NodeJS.Timeout {
  const beat = (): void =>
    void recordHeartbeat(db, "doors", clock()).catch((err: unknown) =>
      log.warn({ err }, "could not record that alerts can be received; retrying"),
    );
  beat();
  return setInterval(beat, HEARTBEAT_MS);
}

/** What a process does by the clock. `every`: ms between two looks for forgotten work. */
export function startTimers(
  role: ProcessRole,
  engine: Engine,
  workers: LaneWorkers,
  submit: SubmitCommand,
  watch: LaneWatch,
  every: number,
): NodeJS.Timeout[] {
  return [
    ...(role === "worker" ? [] : [startHeartbeat(engine)]),
    ...(role === "web" ? [] : startScheduler(engine, workers, submit, watch, every)),
  ];
}

/** What a worker does by the clock: find forgotten work, send the day's digest, forget what is long done. */
export function startScheduler(
  engine: Engine,
  workers: LaneWorkers,
  submit: SubmitCommand,
  watch: LaneWatch,
  every: number,
): NodeJS.Timeout[] {
  const guarded = (what: string, work: () => Promise<unknown>) => (): void =>
    void work().catch((err: unknown) => engine.log.warn({ err }, `${what} failed; the next one tries again`));
  return [
    setInterval(
      guarded("the sweep", () => pollOverdueLanes(engine, workers, LANES, (lanes) => watch.polled(lanes))),
      every,
    ),
    setInterval(guarded("the digest", createDailyDigest(engine, submit)), 30_000),
    setInterval(guarded("the digest of the week", createWeeklyDigest(engine, submit)), 30_000),
    setInterval(
      guarded("watching the sources", () => monitorStaleness(engine, submit)),
      MINUTE_MS,
    ),
    setInterval(
      guarded("looking at refused senders", () => endRecoveredRefusals(engine, submit)),
      MINUTE_MS,
    ),
    setInterval(
      guarded("telling of hand-offs", () => announceShifts(engine, submit)),
      30_000,
    ),
    setInterval(guarded("looking at the tickets of follow-ups", createTicketSync(engine, submit)), 5 * MINUTE_MS),
    setInterval(
      guarded("following the pager's schedules", () => syncPagerShifts(engine)),
      5 * MINUTE_MS,
    ),
    setInterval(
      guarded("looking at muted alerts", () => ingestUnsilenced(engine, submit)),
      30_000,
    ),
    setInterval(
      guarded("looking at put aside commands", () => resolveAnsweredFailures(engine, submit)),
      MINUTE_MS,
    ),
    setInterval(
      guarded("the audit of escalations", () => auditEscalations(engine, submit)),
      MINUTE_MS,
    ),
    setInterval(
      guarded("the audit of re-checks", () => auditRechecks(engine, submit)),
      MINUTE_MS,
    ),
    setInterval(
      guarded("looking at the channels", async () => {
        await enqueueChannelChecks(engine.connection.db, engine.clock());
        engine.wakeLane("chat", { urgency: 4, delayMs: 0 });
      }),
      30_000,
    ),
    setInterval(
      guarded("pruning", () => pruneHistory(engine.connection.db, engine.clock())),
      HOUR_MS,
    ),
  ];
}
