import { longestRecheck } from "#domain/alerting/recheck.ts";
import { longestReminderWait } from "#domain/events/update-sla.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { Timer } from "#domain/values/language.ts";

/**
 * The longest that a timer of an incident may lie ahead, in ms; null: it is not by a wait. What lies further ahead was set
 * before the clock was set back. Those of escalations and answers have an auditor of their own, a review has a date.
 */
export function longestTimerWait(timer: Timer, incident: Incident, policy: Policy): number | null {
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
