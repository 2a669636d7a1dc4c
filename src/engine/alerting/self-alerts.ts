import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { describeSender, type AlertSender } from "#domain/alerting/intake/alert-sender.ts";
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

const COMMAND_FAILED = "MusterCommandFailed";

/** What the fingerprints of alerts about failed commands begin with; the command's number follows. */
export const COMMAND_FAILURE_PREFIX = `muster-${COMMAND_FAILED}-`;

/** A stored command cannot be applied. */
export function commandFailureAlert(id: number, type: string, now: Instant): CommandSubmission {
  return createSelfAlert(
    {
      alertname: COMMAND_FAILED,
      id: String(id),
      status: "firing",
      summary: `Muster could not apply command ${id} (${type})`,
      description: `It is kept and has had no effect. \`muster deadletter show C${id}\` says what it is and why it failed. Act by hand when it is urgent; then \`muster deadletter retry C${id}\` or \`drop C${id}\`.`,
    },
    now,
  );
}

/** A command that had failed was applied after all, or dropped. */
export function commandAnsweredAlert(id: number, now: Instant): CommandSubmission {
  return createSelfAlert(
    {
      alertname: COMMAND_FAILED,
      id: String(id),
      status: "resolved",
      summary: `Command ${id} was applied or dropped`,
      description: "Someone dealt with it.",
    },
    now,
  );
}

/** Deliveries of a sender are refused, or no longer are. `title`: what people call the door. */
export function senderRefusalAlert(
  sender: AlertSender,
  title: string,
  status: "firing" | "resolved",
  now: Instant,
): CommandSubmission {
  return createSelfAlert(
    {
      alertname: "MusterRefusesAlerts",
      id: `${sender.source}-${sender.sender}`,
      status,
      summary: `Muster refuses alerts from ${describeSender(sender, title)}: ${sender.reason}`,
      description: `${WHAT_TO_DO[sender.status ?? 400] ?? WHAT_TO_DO[400]} What was refused has reached no one; the first page of the dashboard lists it.`,
    },
    now,
  );
}

/** What ends the refusals, by the answer that the sender gets. */
const WHAT_TO_DO: Readonly<Record<number, string>> = {
  400: "Correct what the sender sends: the reason names the field.",
  401: "Set a token of MUSTER_WEBHOOK_TOKENS in the http_config of the sender's webhook_config. If the sender is none of yours, its requests are attempts of a stranger.",
  413: "Set max_alerts in the webhook_config of the sender, or group by more labels, so that a request becomes smaller.",
  415: "Send JSON as it is, or packed with gzip.",
};
