import { HOUR_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { AlertLabels } from "#domain/values/alert-labels.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** How long an always-firing alert may be silent, in ms; null for every other alert. */
export function watchdogTimeout(policy: Policy, labels: AlertLabels): number | null {
  return policy.watchdogs.find(({ match }) => match.matches(labels))?.within ?? null;
}

/** True for an alert whose firing means that all is well: it opens no incident. */
export function isWatchdog(policy: Policy, labels: AlertLabels): boolean {
  return watchdogTimeout(policy, labels) !== null;
}

/** An alert with the mark by which watchdogs are found, as the policy has it now. */
export function markWatchdog(policy: Policy, { watchdog: _before, ...alert }: Alert): Alert {
  return isWatchdog(policy, alert.labels) ? { ...alert, watchdog: true } : alert;
}

/**
 * Whether a watchdog has stopped: its source reports its end, or has sent nothing for `within` ms in which Muster could
 * receive (`since`: from when on it can).
 */
export function isWatchdogSilent(
  { status, lastSeenAt }: Pick<Alert, "status" | "lastSeenAt">,
  within: number,
  since: Instant,
  now: Instant,
): boolean {
  return status === "resolved" || now - Math.max(lastSeenAt, since) > within;
}

const DEFAULT_REPEAT_MS = 4 * HOUR_MS;

/** How long a source may be silent about a firing alert before that is asked about, in ms: twice what it promises. null: one the policy does not name. */
export function staleAfter(policy: Policy, source: string | null): number {
  const reportedAt =
    source !== null && Object.hasOwn(policy.sources, source)
      ? policy.sources[source]!.repeatInterval
      : DEFAULT_REPEAT_MS;
  return 2 * reportedAt;
}
