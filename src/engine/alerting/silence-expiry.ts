import { suppressedAlerts } from "#db/alerts.ts";
import { loadArrangements } from "#db/arrangements/arrangements.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { classifySeverity } from "#domain/policy/severity.ts";
import { priorityRank, type Instant } from "#domain/values/language.ts";
import { findActiveSilence, UNSILENCED_GROUP } from "#domain/alerting/silence.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * To be called now and then: alerts that were held back, that nothing holds back any more and that still fire are received as
 * if they had just been told, the worst first. Their source would say them again only after its repeat interval, four hours
 * by default; and the policy may have changed since.
 */
export async function ingestUnsilenced(engine: Engine, submit: SubmitCommand): Promise<void> {
  const now = engine.clock();
  const policy = engine.policy();
  const { silences } = await loadArrangements(engine.connection.db, now, now);
  for await (const page of suppressedAlerts(engine.connection.db))
    for (const alert of page) {
      const still = findActiveSilence(policy, silences, alert.labels, now);
      // One that another silence suppresses now is received again too, and stored with that silence.
      if (still !== null && still.until === alert.suppressedUntil) continue;
      await submit(again(alert, priorityRank(classifySeverity(policy, alert.labels).priority), now));
    }
}

function again(
  { source, fingerprint, labels, annotations, startsAt, generatorUrl, suppressedUntil }: Alert,
  urgency: number,
  now: Instant,
): CommandSubmission {
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
