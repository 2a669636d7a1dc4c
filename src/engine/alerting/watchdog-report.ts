import type { CommandSubmission } from "#domain/commands/submission.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { formatIso } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { createSelfAlert } from "./self-alerts.ts";

const SILENT = "MusterWatchdogSilent";

/** The fingerprint of the alert of Muster's own about a watchdog. */
export function watchdogAlarm({ source, fingerprint }: Alert): string {
  return `muster-${SILENT}-${source}-${fingerprint}`;
}

/** Raises an alert about a source whose watchdog is silent, or resolves it. */
export function reportWatchdog(alert: Alert, silent: boolean, now: Instant): CommandSubmission {
  const description = `Its watchdog was last heard at ${formatIso(alert.lastSeenAt)}. While it is silent, other alerts may be lost too: look at the monitoring system and the network between it and Muster.`;
  return createSelfAlert(
    {
      alertname: SILENT,
      id: `${alert.source}-${alert.fingerprint}`,
      status: silent ? "firing" : "resolved",
      summary: `${oneLine(alert.source, 50)} has gone silent`,
      description,
    },
    now,
  );
}
