import type { AlertChange } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";

/** The incidents an alert may belong to. */
export type CorrelationCandidates = {
  /** The one it belongs to now. */
  readonly home: Incident | null;
  /** The newest one of its group key. */
  readonly newest: Incident | null;
  /** The newest open one of its service whose people are gathered: a smaller one beside it, without a room, takes nothing in. */
  readonly related: Incident | null;
};

/** The incident a changed alert is news for: an existing one, a new one, or none. */
export type CorrelationTarget =
  | { readonly to: "incident"; readonly number: number }
  | { readonly to: "new" }
  | { readonly to: "none" };

/**
 * Where the news about an alert goes. An alert stays with its incident while that is open; a new stretch of firing
 * re-opens a recent one, else joins an open one of its key or its service, else opens a new one. Old news of a known
 * stretch never opens anything.
 */
export function correlateAlert(
  change: AlertChange,
  { home, newest, related }: CorrelationCandidates,
  now: Instant,
  policy: Policy,
): CorrelationTarget {
  const unchangedTarget: CorrelationTarget = home === null ? { to: "none" } : { to: "incident", number: home.number };
  switch (change.kind) {
    case "ignored":
    case "resolved":
    case "repeated":
    case "refired":
      return unchangedTarget;
    case "flapped":
    case "fired": {
      if (home !== null && (isOpen(home.status) || isRecent(home, now, policy))) return unchangedTarget;
      if (newest !== null && (isOpen(newest.status) || isRecent(newest, now, policy)))
        return { to: "incident", number: newest.number };
      if (related !== null && joins(change, related, now, policy)) return { to: "incident", number: related.number };
      return { to: "new" };
    }
  }
}

/** Resolved so recently that firing again is the same trouble. */
function isRecent(incident: Incident, now: Instant, policy: Policy): boolean {
  return (
    (incident.status === "resolved" || incident.status === "closed") &&
    incident.resolvedAt !== null &&
    now - incident.resolvedAt <= policy.grouping.reopen
  );
}

/**
 * Another alert of a service whose people are gathered already (latency, then errors, five minutes later) is the
 * same incident, not a second one: responders sit in one room.
 */
function joins(change: AlertChange, related: Incident, now: Instant, policy: Policy): boolean {
  const within = policy.grouping.related;
  return (
    within !== null &&
    isOpen(related.status) &&
    related.channelRequested &&
    policy.priorities[change.alert.priority].channel &&
    now - related.openedAt <= within
  );
}
