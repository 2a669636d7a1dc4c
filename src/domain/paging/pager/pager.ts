import { acceptDecision, decideInTurn, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage } from "#domain/incident/team-escalation.ts";
import { isOpen, type PagerUpdate } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { rearmEscalation, rearmUnanswered, restartedTeam } from "#domain/paging/escalation.ts";
import { answerAlarm } from "#domain/paging/page-answers.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { pageOfAlarm } from "#domain/paging/page-key.ts";
import { endByPager } from "./pager-end.ts";

/** `what` happened to `alarm`, which is one of ours; `text` is the pager's description. */
type PagerReport = { readonly what: PagerUpdate; readonly alarm: string; readonly text: string };

/**
 * What the pager says happened there. It speaks of what is true there already, so nothing is refused; what is true here
 * too (above all what we told it ourselves) changes nothing, and so nothing follows from it: no echo of an echo.
 */
export function applyPagerUpdate(incident: Incident, report: PagerReport, ctx: Context): Decision {
  const { what, alarm, text } = report;
  const { status } = incident;
  const page = pageOfAlarm(incident.pages, alarm);
  // An alarm of an earlier episode, or one that is over, does not apply to the incident as it is.
  if (page === undefined || what === "told" || !appliesTo(incident, page, what, ctx))
    return acceptDecision([{ type: "pager.told", data: { text: oneLine(text, 500) } }]);
  switch (what) {
    case "acknowledged":
      return acceptDecision(answerAlarm(incident, page, alarm, ctx));
    case "unacknowledged":
      return acceptDecision(handedBack(incident, page, oneLine(text, 300), ctx));
    case "resolved":
      return acceptDecision(endByPager(incident, { alarm, text }, ctx));
    case "reopened":
      return acceptDecision(
        status === "resolved" || status === "closed"
          ? decideInTurn(incident, ctx, [
              () => [{ type: "incident.reopened", data: { status: "triggered", reason: oneLine(text, 300) } }],
              rearmUnanswered,
            ])
          : [],
      );
  }
}

/**
 * Whoever answered an alarm there has it no more: it has to be answered again. The alarm is open there again and wakes its
 * people itself, so that here the next step is due after its usual time, and no one is paged twice.
 */
function handedBack(incident: Incident, page: Page, reason: string, ctx: Context): readonly Fact[] {
  const key = escalationOfPage(page);
  const expired: Fact = { type: "page.expired", data: { key: page.key, to: page.to, reason } };
  if (key === undefined) return page.status === "acknowledged" ? [expired] : [];
  if (key === null) {
    // A person with a role is active, whatever the pager's state.
    if (incident.status !== "acknowledged" || incident.roles.commander !== null) return [];
    return decideInTurn(incident, ctx, [
      () => [{ type: "incident.unacknowledged", data: { reason } }],
      // One that runs already, for something newer, runs on.
      (now, counting) => (now.escalation.next === null ? rearmFromFirst(now, counting) : []),
    ]);
  }
  const escalation = escalationOf(incident, key);
  if (!isOpen(incident.status) || escalation === null || escalation.answered === null) return [];
  return decideInTurn(incident, ctx, [
    () => [expired, restartedTeam(incident, key, reason)],
    (now, counting) => rearmEscalation(now, counting, key),
  ]);
}

function rearmFromFirst(incident: Incident, ctx: Context): readonly Fact[] {
  return rearmEscalation({ ...incident, escalation: { ...incident.escalation, step: 0 } }, ctx);
}

/**
 * Whether what happened to an alarm applies here. Each may be answered, handed back and given up by the pager; by
 * one of the incident's own, of this episode, a person ends the incident or begins it again.
 */
function appliesTo(incident: Incident, page: Page, what: Exclude<PagerUpdate, "told">, { actor }: Context): boolean {
  const own = escalationOfPage(page) === null;
  if (!isPageOfEpisode(page, incident)) return false;
  if (what === "reopened") return own;
  if (page.status === "resolved" || page.status === "canceled") return false;
  if (page.status === "failed") return what === "acknowledged";
  return own || what !== "resolved" || actor.kind !== "person";
}
