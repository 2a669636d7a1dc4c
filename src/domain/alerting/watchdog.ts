import { HOUR_MS } from "#domain/values/duration.ts";
import type { AlertLabels } from "#domain/values/delivery.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** How long an always-firing alert may be silent, in ms; null for every other alert. */
export function watchdogTimeout(policy: Policy, labels: AlertLabels): number | null {
  return policy.watchdogs.find(({ match }) => match.matches(labels))?.within ?? null;
}

/** True for an alert whose firing means that all is well: it opens no incident. */
export function isWatchdog(policy: Policy, labels: AlertLabels): boolean {
  return watchdogTimeout(policy, labels) !== null;
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
