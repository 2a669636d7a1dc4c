import { longestRecheck } from "#domain/alerting/recheck.ts";
import { longestReminderWait } from "#domain/events/update-sla.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Timer } from "#domain/values/language.ts";

/**
 * The longest that a timer of an incident may lie ahead, in ms; null: it is not by a wait. What lies further ahead was set
 * before the clock was set back. Those of escalations and answers have an auditor of their own, a review has a date.
 */
function longestTimerWait(timer: Timer, incident: Incident, policy: Policy): number | null {
  const { plan } = incident;
  switch (timer) {
    case "quiet":
      return plan.quiet;
    case "update":
      return longestReminderWait(incident);
    case "command":
      return plan.commandWithin;
    case "ticket":
      return typeof plan.ticket === "number" ? plan.ticket : null;
    case "archive":
      return policy.archiveAfter;
    case "recheck":
      return longestRecheck(incident, policy);
    case "escalate":
    case "ack":
    case "review":
      return null;
  }
}

/** A timer this much further ahead than its plan asks for was set by a clock that has been set back, in ms. */
const TOLERANCE_MS = MINUTE_MS;

/**
 * In how many ms a timer comes that lies further ahead than its plan asks for; null: it stays where it is. A reminder of an
 * update is taken for one that the clock has put off only while it lies more than its wait ahead: one that came sooner would
 * be lost.
 */
export function distantTimerWait(timer: Timer, aheadMs: number, incident: Incident, policy: Policy): number | null {
  const wait = longestTimerWait(timer, incident, policy);
  if (wait === null) return null;
  const longest = timer === "update" ? 2 * wait : wait;
  return aheadMs > longest + TOLERANCE_MS ? wait : null;
}
