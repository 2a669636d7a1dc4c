import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/** The source of alerts that Muster raises about itself: they go through the same loop as everyone's. */
const SELF = "muster";

/** An alert about Muster itself, as a delivery. `what` is stable: repeated reports are one alert. */
export function createSelfAlert(
  what: {
    readonly alertname: string;
    readonly id: string;
    readonly summary: string;
    readonly description: string;
    readonly status: "firing" | "resolved";
  },
  now: Instant,
): CommandSubmission {
  const { alertname, id, summary, description, status } = what;
  const raw = JSON.stringify({
    version: "4",
    receiver: SELF,
    groupKey: `{}:{alertname="${alertname}"}`,
    status,
    externalURL: "",
    alerts: [
      {
        status,
        labels: { alertname, service: SELF, severity: "P1" },
        annotations: { summary, description },
        startsAt: formatIso(now),
        endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : formatIso(now),
        fingerprint: `muster-${alertname}-${id}`,
      },
    ],
  });
  return createSubmission({
    key: `self:${alertname}:${id}:${status}:${Math.floor(now / MINUTE_MS)}`,
    urgency: 1,
    actor: { kind: "source", id: SELF, name: "Muster" },
    at: now,
    body: { type: "alerts.deliver", source: SELF, raw },
  });
}

/** A stored command cannot be applied. */
export function commandFailureAlert(id: number, type: string, now: Instant): CommandSubmission {
  return createSelfAlert(
    {
      alertname: "MusterCommandFailed",
      id: String(id),
      status: "firing",
      summary: `Muster could not apply command ${id} (${type})`,
      description: `It is kept in the table "commands" with the reason in its column "outcome". What it said has had no effect: read it, act by hand, and report the fault.`,
    },
    now,
  );
}

/** A sender's request was too large to be taken. */
export function refusedDeliveryAlert(source: string, limit: string, now: Instant): CommandSubmission {
  return createSelfAlert(
    {
      alertname: "MusterRefusesAlerts",
      id: source,
      status: "firing",
      summary: `Muster refuses alerts from ${source}: a request is larger than ${limit}`,
      description:
        "Those alerts have not been heard. Set max_alerts in the webhook_config of the sender, or group by more labels, so that a request becomes smaller.",
    },
    now,
  );
}
