import { suppressedAlerts } from "#db/alerts.ts";
import { watchdogAlerts } from "#db/watch/watchdog-alerts.ts";
import { loadArrangements } from "#db/arrangements/arrangements.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { classifyAlert } from "#domain/alerting/routing.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { isWatchdog } from "#domain/alerting/watchdog.ts";
import { findActiveSilence, UNSILENCED_GROUP } from "#domain/alerting/silence.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * To be called now and then: alerts that were suppressed, that nothing suppresses now and that still fire are received
 * as if they had just arrived, the worst first. Their source would repeat them only after its repeat interval, four
 * hours by default; and the policy may have changed since. So are those that the policy had as watchdogs and has no longer:
 * a watchdog that fires is in no incident.
 */
export async function ingestUnsilenced(engine: Engine, submit: SubmitCommand): Promise<void> {
  const now = engine.clock();
  const policy = engine.policy();
  const { silences } = await loadArrangements(engine.connection.db, now, now);
  for await (const page of suppressedAlerts(engine.connection.db))
    for (const alert of page) {
      const submission = receiveUnsilenced(alert, silences, policy, now);
      if (submission !== null) await submit(submission);
    }
  for (const alert of await watchdogAlerts(engine.connection.db))
    if (alert.status === "firing" && alert.incident === null && !isWatchdog(policy, alert.labels))
      await submit(again(alert, policy, now));
}

/**
 * An alert that was suppressed and is not as it was, as a delivery of its own; null: the silence over it lasts. One that another
 * silence suppresses now is received again too, and stored with that silence.
 */
export function receiveUnsilenced(
  alert: Alert,
  silences: readonly Silence[],
  policy: Policy,
  now: Instant,
): CommandSubmission | null {
  const still = findActiveSilence(policy, silences, alert.labels, now);
  return still !== null && still.until === alert.suppressedUntil ? null : again(alert, policy, now);
}

function again(
  { source, fingerprint, labels, annotations, startsAt, generatorUrl, suppressedUntil }: Alert,
  policy: Policy,
  now: Instant,
): CommandSubmission {
  const urgency = priorityRank(classifyAlert(policy, labels).priority);
  const raw = JSON.stringify({
    version: "4",
    receiver: "muster",
    groupKey: UNSILENCED_GROUP,
    status: "firing",
    externalURL: "",
    truncatedAlerts: 0,
    alerts: [
      {
        status: "firing",
        labels,
        annotations,
        startsAt: formatIso(startsAt),
        endsAt: "0001-01-01T00:00:00Z",
        generatorURL: generatorUrl,
        fingerprint,
      },
    ],
  });
  return createSubmission({
    // Once a minute at most; by the time it is decided something may hold it back again.
    key: `unmuted:${source}:${fingerprint}:${suppressedUntil}:${Math.floor(now / MINUTE_MS)}`,
    urgency,
    actor: { kind: "source", id: source, name: source },
    at: now,
    body: { type: "alerts.deliver", source, raw },
  });
}
