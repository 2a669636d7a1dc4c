import { resolveTeam } from "#domain/alerting/routing.ts";
import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOfPage, listEscalations, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { routedPerson, type RoutedPerson } from "#domain/policy/people.ts";
import { requestPage } from "#domain/paging/page-request.ts";
import { isOpen } from "#domain/values/language.ts";

/**
 * An end was undone, which had closed alarms: the last page of each team that fires and that no one has answered is asked
 * for again, as an alarm of its own. Who had answered has it, and is not paged.
 *
 * @param pages the pages as the end left them
 */
export function reopenEndedPages(
  incident: Incident,
  pages: readonly Page[],
  reason: string,
  ctx: Context,
): readonly Fact[] {
  const { status, plan, alerts } = incident;
  if (!isOpen(status) || plan.page === "none" || (alerts.total > 0 && alerts.firing === 0)) return [];
  const waiting = listEscalations(incident).flatMap(([key, { next, ofAlerts }]) => {
    const last = pages.findLast((page) => escalationOfPage(page) === key && page.status !== "failed");
    const isClosed = last?.status === "resolved" && last.acknowledgedAt === null;
    return next === null || !isClosed || (ofAlerts === true && !firesFor(incident, key, ctx)) ? [] : [last];
  });
  return decideInTurn(
    incident,
    ctx,
    waiting.map((page) => (now, counting) => requestAgain(now, page, reason, counting)),
  );
}

function requestAgain(incident: Incident, page: Page, reason: string, ctx: Context): readonly Fact[] {
  const people = (page.people ?? []).map((id): RoutedPerson => routedPerson(ctx.policy, id));
  const kind = page.team === undefined ? {} : { team: page.team };
  return requestPage(incident, { to: page.to, people }, reason, ctx, kind).facts;
}

/** Whether an alert of a team fires, as far as that was looked up. */
function firesFor({ number }: Incident, key: EscalationKey, { policy, firingAlerts }: Context): boolean {
  const firing = firingAlerts?.(number) ?? null;
  return firing === null || firing.some(({ labels }) => resolveTeam(policy, labels).team === key);
}
