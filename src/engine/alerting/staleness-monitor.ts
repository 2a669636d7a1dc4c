import { loadAlerts, staleIncidents, alertsWithoutIncident } from "#db/alerts.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { formatIso } from "#domain/values/instant.ts";
import { MUSTER_ACTOR, type Instant } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { staleAfter, watchdogTimeout } from "#domain/alerting/watchdog.ts";
import { createSelfAlert } from "./self-alerts.ts";
import type { Engine } from "#engine/base/engine.ts";
import { FRESH_MS, reconcileAlerts } from "./reconciliation.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * Looks after what no one says: watchdogs that stop, alerts that are not repeated, resolutions that never arrive
 * (Alertmanager does not send those of silenced alerts, prometheus/alertmanager#226). To be called every minute, by any
 * number of processes; everything it finds goes through the same loop as an alert.
 */
export async function monitorStaleness(engine: Engine, submit: SubmitCommand): Promise<void> {
  await watchdogs(engine, submit);
  const [reconciled] = await Promise.allSettled([reconcileAlerts(engine, submit)]);
  await reportStaleIncidents(engine, submit);
  // An unreachable source is reported to the caller after everything that does not need it.
  if (reconciled.status === "rejected") throw reconciled.reason;
}

/** Raises an alert about a source whose watchdog is silent, and resolves it when it fires again. */
async function watchdogs(engine: Engine, submit: SubmitCommand): Promise<void> {
  const now = engine.clock();
  const { db } = engine.connection;
  const beats = (await alertsWithoutIncident(db))
    .map((alert) => ({ alert, within: watchdogTimeout(engine.policy(), alert.labels) }))
    .filter((watched): watched is { alert: Alert; within: number } => watched.within !== null);
  const raised = new Set(
    (
      await loadAlerts(
        db,
        beats.map(({ alert }) => ({
          source: MUSTER_ACTOR.id,
          fingerprint: `muster-MusterWatchdogSilent-${alert.source}-${alert.fingerprint}`,
        })),
      )
    )
      .filter(({ status }) => status === "firing")
      .map(({ fingerprint }) => fingerprint),
  );
  for (const { alert, within } of beats) {
    const id = `${alert.source}-${alert.fingerprint}`;
    const silent = alert.status === "resolved" || now - alert.lastSeenAt > within;
    if (silent === raised.has(`muster-MusterWatchdogSilent-${id}`)) continue;
    const description = `Its watchdog was last heard at ${formatIso(alert.lastSeenAt)}. While it is silent, other alerts may be lost too: look at Prometheus, Alertmanager and the network between them and Muster.`;
    await submit(
      createSelfAlert(
        {
          alertname: "MusterWatchdogSilent",
          id,
          status: silent ? "firing" : "resolved",
          summary: `${oneLine(alert.source, 50)} has gone silent`,
          description,
        },
        now,
      ),
    );
  }
}

/** Notes in the incident's channel that an alert is stale; never resolves anything. */
async function reportStaleIncidents(engine: Engine, submit: SubmitCommand): Promise<void> {
  const now = engine.clock();
  const policy = engine.policy();
  // What was received recently is not asked about, however short a time the policy gives it.
  const limit = (source: string | null): Instant => now - Math.max(staleAfter(policy, source), FRESH_MS);
  const limits = Object.keys(policy.sources).map((source) => ({ source, before: limit(source) }));
  for (const { incident, count, since } of await staleIncidents(engine.connection.db, limits, limit(null)))
    await submit(
      createSubmission({
        key: `unheard:INC-${incident}:${since}`,
        urgency: 2,
        at: now,
        body: { type: "incident", incident, command: { type: "alerts.unheard", count, since } },
      }),
    );
}
