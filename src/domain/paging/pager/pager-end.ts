import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { isOpen } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { restartedTeam, restartPaging } from "#domain/paging/escalation.ts";
import { pageOfAlarm } from "#domain/paging/page-key.ts";

/**
 * The pager resolved an alarm of an incident. A person's decision ends the incident; while alerts fire they are asked why,
 * as the pager has no place for a reason. By itself (a time limit of the pager) it ends nothing: that page expires, and
 * people are paged from the first step, unless every alert is quiet already.
 */
export function endByPager(
  incident: Incident,
  { alarm, text }: { readonly alarm: string; readonly text: string },
  ctx: Context,
): readonly Fact[] {
  const { status, alerts, pages, plan } = incident;
  const page = pageOfAlarm(pages, alarm);
  if (!isOpen(status) || page === undefined) return [];
  const reason = oneLine(text, 300);
  const { actor } = ctx;
  if (actor.kind === "person") {
    const of = { id: actor.id, name: actor.name };
    return [
      { type: "incident.resolved", data: { by: "person", reason, firing: alerts.firing, alarm } },
      ...(alerts.firing > 0 ? [{ type: "reason.asked", data: { of, firing: alerts.firing } } as const] : []),
    ];
  }
  const key = escalationOfPage(page);
  if (page.status === "expired") return [];
  const expired: Fact = { type: "page.expired", data: { key: page.key, to: page.to, reason } };
  if (key === undefined || plan.page === "none" || (alerts.total > 0 && alerts.firing === 0)) return [expired];
  const cause = `the alarm was ${reason}`;
  return decideInTurn(incident, ctx, [
    () => [expired, ...withoutAnswer(incident, key, cause)],
    (now, counting) => restartPaging(now, cause, counting, key),
  ]);
}

/** The answer of the escalation is withdrawn: an escalation runs only while no one has answered. */
function withoutAnswer(incident: Incident, key: EscalationKey, reason: string): readonly Fact[] {
  if (key === null)
    return incident.status === "triggered" ? [] : [{ type: "incident.unacknowledged", data: { reason } }];
  const answered = escalationOf(incident, key)?.answered ?? null;
  return answered === null ? [] : [restartedTeam(incident, key, reason)];
}
