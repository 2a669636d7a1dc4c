import { loadAlerts } from "#db/alerts.ts";
import { storedKeys } from "#db/commands.ts";
import { readHeartbeat, recordHeartbeat } from "#db/watch/heartbeats.ts";
import { staleIncidents } from "#db/watch/stale-alerts.ts";
import { hasUnreadDeliveries, markWatchdogs, unmarkedAlerts, watchdogAlerts } from "#db/watch/watchdog-alerts.ts";
import { receivingSince } from "#domain/alerting/heartbeat.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { MUSTER_ACTOR, type Instant } from "#domain/values/language.ts";
import { isWatchdog, isWatchdogSilent, staleAfter, watchdogTimeout } from "#domain/alerting/watchdog.ts";
import type { Engine } from "#engine/base/engine.ts";
import { FRESH_MS, reconcileAlerts, type WatchedAlert } from "./reconciliation.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { reportWatchdog, watchdogAlarm } from "./watchdog-report.ts";

/**
 * Finds silence: watchdogs that stop, alerts that are not repeated, resolutions that never arrive (Alertmanager does
 * not send those of silenced alerts, prometheus/alertmanager#226). Silence counts from when Muster could receive. To be
 * called every minute, by any number of processes; everything it finds goes through the same loop as an alert.
 */
export async function monitorStaleness(engine: Engine, submit: SubmitCommand): Promise<void> {
  const { db } = engine.connection;
  await reviewWatchdogMarks(engine);
  const marked = await watchdogAlerts(db);
  const { listed, failure } = await reconcileAlerts(engine, submit, watchedOf(engine, marked));
  const now = engine.clock();
  const since = receivingSince(await readHeartbeat(db, "doors"), now);
  await reportWatchdogs(engine, submit, { marked, listed, since, now });
  await reportStaleIncidents(engine, submit, since);
  // An unreachable source is reported to the caller after everything that does not need it.
  if (failure !== null) throw failure;
}

function watchedOf({ policy }: Engine, marked: readonly Alert[]): readonly WatchedAlert[] {
  return marked.flatMap((alert) => {
    const within = watchdogTimeout(policy(), alert.labels);
    return within === null ? [] : [{ alert, within }];
  });
}

/**
 * Marks the alerts that a policy with other watchdogs makes ones, and those that a version without marks stored. Deliveries
 * mark what they bring; this is for what may never be delivered again. Once a day, and after each change of the policy.
 */
async function reviewWatchdogMarks({ connection: { db }, policy, clock }: Engine): Promise<void> {
  const now = clock();
  const note = JSON.stringify([formatUtcDay(now), ...policy().watchdogs.map(({ match }) => match.texts)]);
  if ((await readHeartbeat(db, "watchdogs"))?.note === note) return;
  for await (const alerts of unmarkedAlerts(db))
    await markWatchdogs(
      db,
      alerts.filter(({ labels }) => isWatchdog(policy(), labels)),
    );
  await recordHeartbeat(db, "watchdogs", now, note);
}

type WatchdogRound = {
  readonly marked: readonly Alert[];
  /** Those that their Alertmanager has just listed. */
  readonly listed: ReadonlySet<Alert>;
  readonly since: Instant;
  readonly now: Instant;
};

/** Raises an alert about a source whose watchdog is silent, and resolves it when it fires again, or is no watchdog. */
async function reportWatchdogs(engine: Engine, submit: SubmitCommand, round: WatchdogRound): Promise<void> {
  const { marked, listed, since, now } = round;
  const { db } = engine.connection;
  const raised = await raisedAlarms(engine, marked);
  // A delivery that was accepted and not read yet may be the watchdog's.
  const behind = await hasUnreadDeliveries(db, now - MINUTE_MS);
  for (const alert of marked) {
    const within = watchdogTimeout(engine.policy(), alert.labels);
    const silent = within !== null && !listed.has(alert) && isWatchdogSilent(alert, within, since, now);
    if (silent === raised.has(watchdogAlarm(alert)) || (silent && behind)) continue;
    await submit(reportWatchdog(alert, silent, now));
  }
}

async function raisedAlarms({ connection: { db } }: Engine, marked: readonly Alert[]): Promise<ReadonlySet<string>> {
  const alarms = await loadAlerts(
    db,
    marked.map((alert) => ({ source: MUSTER_ACTOR.id, fingerprint: watchdogAlarm(alert) })),
  );
  return new Set(alarms.filter(({ status }) => status === "firing").map(({ fingerprint }) => fingerprint));
}

/** Notes in the incident's channel that an alert is stale; never resolves anything. */
async function reportStaleIncidents(engine: Engine, submit: SubmitCommand, since: Instant): Promise<void> {
  const now = engine.clock();
  const policy = engine.policy();
  // What was received recently is not asked about, however short a time the policy gives it; nor is what Muster may have missed.
  const limit = (source: string | null): Instant => {
    const before = now - Math.max(staleAfter(policy, source), FRESH_MS);
    return since <= before ? before : 0;
  };
  const limits = Object.keys(policy.sources).map((source) => ({ source, before: limit(source) }));
  const { db } = engine.connection;
  const stale = await staleIncidents(db, limits, limit(null));
  const known = await storedKeys(
    db,
    stale.map((each) => staleKey(each)),
  );
  for (const { incident, count, since } of stale) {
    const key = staleKey({ incident, since });
    if (known.has(key)) continue;
    await submit(
      createSubmission({
        key,
        urgency: 2,
        at: now,
        body: { type: "incident", incident, command: { type: "alerts.unheard", count, since } },
      }),
    );
  }
}

/** The same silence is reported once. */
function staleKey({ incident, since }: { readonly incident: number; readonly since: Instant }): string {
  return `unheard:INC-${incident}:${since}`;
}
