import { loadAlerts, silentAlerts, unboundAlerts } from "#db/alerts.ts";
import type { Alert } from "#domain/alert.ts";
import { iso } from "#domain/instant.ts";
import { MUSTER, urgencyOf, type Instant } from "#domain/language.ts";
import { oneLine } from "#domain/text.ts";
import { unheardAfter, watchdogWithin } from "#domain/watchdog.ts";
import { selfAlert } from "./alarm.ts";
import type { Engine } from "./engine.ts";
import type { Submission, Submit } from "./submit.ts";

/** An alert that was heard of so lately needs no asking, in ms: longer than Alertmanager's default group_interval. */
const FRESH_MS = 10 * 60_000;

/**
 * Looks after what nobody says: watchdogs that stop, alerts that are not repeated, resolutions that never arrive
 * (Alertmanager does not send those of silenced alerts, prometheus/alertmanager#226). To be called every minute, by any
 * number of processes; everything it finds goes through the same loop as an alert.
 */
export async function watchSources(engine: Engine, submit: Submit): Promise<void> {
  await watchdogs(engine, submit);
  const [asked] = await Promise.allSettled([reconcile(engine, submit)]);
  await unheard(engine, submit);
  // A source that cannot be asked is told to the caller, after everything that does not need it.
  if (asked.status === "rejected") throw asked.reason;
}

/** Raises an alert about a source whose watchdog is silent, and resolves it when it speaks again. */
async function watchdogs(engine: Engine, submit: Submit): Promise<void> {
  const now = engine.clock();
  const { db } = engine.connection;
  const beats = (await unboundAlerts(db))
    .map((alert) => ({ alert, within: watchdogWithin(engine.policy(), alert.labels) }))
    .filter((beat): beat is { alert: Alert; within: number } => beat.within !== null);
  const raised = new Set(
    (
      await loadAlerts(
        db,
        beats.map(({ alert }) => ({ source: MUSTER.id, fingerprint: `muster-MusterWatchdogSilent-${alert.source}-${alert.fingerprint}` })),
      )
    )
      .filter(({ status }) => status === "firing")
      .map(({ fingerprint }) => fingerprint),
  );
  for (const { alert, within } of beats) {
    const id = `${alert.source}-${alert.fingerprint}`;
    const silent = alert.status === "resolved" || now - alert.lastSeenAt > within;
    if (silent === raised.has(`muster-MusterWatchdogSilent-${id}`)) continue;
    const description = `Its watchdog was last heard at ${iso(alert.lastSeenAt)}. While it is silent, other alerts may be lost too: look at Prometheus, Alertmanager and the network between them and Muster.`;
    await submit(
      selfAlert(
        { alertname: "MusterWatchdogSilent", id, status: silent ? "firing" : "resolved", summary: `${oneLine(alert.source, 50)} has gone silent`, description },
        now,
      ),
    );
  }
}

/** Asks the source itself about alerts it has not spoken of lately, and takes its answer as a delivery. */
async function reconcile(engine: Engine, submit: Submit): Promise<void> {
  const { alertSource } = engine;
  if (alertSource === null) return;
  const now = engine.clock();
  const quiet = await silentAlerts(engine.connection.db, alertSource.name, now - FRESH_MS);
  if (quiet.length === 0) return;
  const active = await alertSource.active();
  for (const alert of quiet) {
    const ended = !active.has(alert.fingerprint);
    // One that still fires is told of rarely: enough to keep it from counting as unheard.
    if (!ended && now - alert.lastSeenAt < unheardAfter(engine.policy(), alert.source) / 2) continue;
    await submit(told(alert, ended ? "resolved" : "firing", now));
  }
}

/** Says in the incident's channel that nobody knows any more; never resolves anything. */
async function unheard(engine: Engine, submit: Submit): Promise<void> {
  const now = engine.clock();
  const policy = engine.policy();
  const byIncident = new Map<number, { count: number; since: Instant }>();
  for (const alert of await silentAlerts(engine.connection.db, null, now - FRESH_MS)) {
    if (alert.incident === null || now - alert.lastSeenAt < unheardAfter(policy, alert.source)) continue;
    const known = byIncident.get(alert.incident);
    byIncident.set(alert.incident, { count: (known?.count ?? 0) + 1, since: Math.min(known?.since ?? Infinity, alert.lastSeenAt) });
  }
  for (const [incident, { count, since }] of byIncident)
    await submit({
      key: `unheard:INC-${incident}:${since}`,
      urgency: 2,
      weight: 1,
      actor: MUSTER,
      at: now,
      replyTo: null,
      evidence: null,
      body: { type: "incident", incident, command: { type: "alerts.unheard", count, since } },
    });
}

/** What the source said about one alert when asked, as if it had sent it. */
function told(alert: Alert, status: "firing" | "resolved", now: Instant): Submission {
  const { labels, annotations, fingerprint, source, generatorUrl, startsAt } = alert;
  const raw = JSON.stringify({
    receiver: "reconciler",
    groupKey: alert.groupKeys[0] ?? "",
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        fingerprint,
        generatorURL: generatorUrl,
        startsAt: iso(startsAt),
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : iso(now),
      },
    ],
  });
  return {
    key: `reconcile:${source}:${fingerprint}:${status}:${alert.seq}`,
    urgency: urgencyOf(alert.priority),
    weight: 1,
    actor: { kind: "source", id: source, name: "Alertmanager, when asked" },
    at: now,
    replyTo: null,
    evidence: null,
    body: { type: "alerts.deliver", source, raw },
  };
}
