import { decideInTurn, type AlertsChanged, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { alertSummary } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf } from "#domain/incident/team-escalation.ts";
import { pageFirstStep, restartPaging } from "#domain/paging/escalation.ts";
import { findNextStep, restateNext } from "#domain/paging/next-step.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { requestTicketAtOnce } from "#domain/paging/ticket-request.ts";
import { highestPriority, isHigherPriority, isOpen, type Priority } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";

/** An alert that is worse than its incident raises it; what a person lowered rises only above the level it had. */
export function raiseForAlerts(
  incident: Incident,
  { changes }: Pick<AlertsChanged, "changes">,
  ctx: Context,
): readonly Fact[] {
  if (!isOpen(incident.status)) return [];
  const firing = changes.filter((change) => change.alert.status === "firing" && change.kind !== "ignored");
  const top = highestPriority(firing.map((change) => change.alert.priority));
  if (top === null || !isHigherPriority(top, incident.pinned?.ceiling ?? incident.priority)) return [];
  const worst = firing.find((change) => change.alert.priority === top)!.alert;
  return raisePriority(incident, top, `${oneLine(alertSummary(worst), 120)}: ${worst.priorityReason}`, ctx);
}

/** A higher priority: announced, and paged at the new level when that level pages. */
export function raisePriority(incident: Incident, to: Priority, reason: string, ctx: Context): readonly Fact[] {
  const changed = priorityRise(incident, to, reason, ctx.policy);
  // A person who acknowledged a P2 has not acknowledged a P1, and must answer that page too.
  return decideInTurn(incident, ctx, [
    () => [changed],
    (risen, counting) => pageFirstStep(risen, `rose from ${incident.priority} to ${to}`, counting),
    (risen, counting) => answerAsRaiser(incident, risen, counting),
    (risen) => requestTicketAtOnce(risen),
    // Teams that were needed while the priority paged no one.
    ...Object.keys(incident.teamEscalations).map((team) => (risen: Incident, counting: Context) => {
      const escalation = escalationOf(risen, team);
      const waits = risen.plan.page !== "none" && escalation?.next === null && escalation.answered === null;
      return waits ? restartPaging(risen, `rose from ${incident.priority} to ${to}`, counting, team) : [];
    }),
    // And those whose step is due anyway, to whom the new plan may give other people.
    restateNext,
  ]);
}

/**
 * Someone who has the incident raises it, and would be paged for that: they are there, and have it at the new level too.
 * Others of the step are paged.
 */
function answerAsRaiser(before: Incident, risen: Incident, ctx: Context): readonly Fact[] {
  if (risen.status === "triggered" || risen.plan.page === "none" || risen.escalation.answered !== null) return [];
  const { roles, escalation, acknowledgedBy } = before;
  const has = [roles.commander, escalation.answered?.by, acknowledgedBy];
  const first = findNextStep(risen, null, 0, ctx, ctx.now);
  const isMeant = first?.step.people.some((person) => isSamePerson(ctx.policy, person, ctx.actor)) === true;
  return isMeant && has.some((person) => isSamePerson(ctx.policy, person, ctx.actor))
    ? [{ type: "incident.acknowledged", data: { pages: [] } }]
    : [];
}

/** The fact that the priority is higher, and nothing that follows from it. */
export function priorityRise({ priority }: Incident, to: Priority, reason: string, policy: Policy): Fact {
  const plan = policy.priorities[to];
  return { type: "priority.changed", data: { from: priority, to, reason, pin: null, unmapped: false, plan } };
}
