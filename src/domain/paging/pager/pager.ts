import { acceptDecision, decideInTurn, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage } from "#domain/incident/team-escalation.ts";
import { isOpen, type Instant, type PagerUpdate } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { rearmEscalation, restartedTeam } from "#domain/paging/escalation.ts";
import { rearmUnanswered } from "#domain/paging/escalation-repair.ts";
import { answerAlarm } from "#domain/paging/page-answers.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { pageOfAlarm } from "#domain/paging/page-key.ts";
import { endByPager } from "./pager-end.ts";

/**
 * `what` happened to `alarm`, which is one of ours; `text` is the pager's description, `occurred` its own time of it, absent
 * where it gives none.
 */
type PagerReport = {
  readonly what: PagerUpdate;
  readonly alarm: string;
  readonly text: string;
  readonly occurred?: Instant;
};

/** What can happen to an alarm. */
type AlarmChange = Exclude<PagerUpdate, "told">;

/**
 * Applies what the pager reports. It reports what is true there already, so nothing is refused; what is true here
 * too (above all what we sent it ourselves) changes nothing, and so nothing follows from it: no echo of an echo. Its news
 * may arrive in any order: each counts as of when it happened, and what newer news has overtaken is only recorded.
 */
export function applyPagerUpdate(incident: Incident, report: PagerReport, ctx: Context): Decision {
  const { what, alarm, text } = report;
  const page = pageOfAlarm(incident.pages, alarm);
  const record: Fact = { type: "pager.told", data: { text: oneLine(text, 500) } };
  // What happened to an alarm of an earlier episode does not apply to the incident as it is.
  if (page === undefined || what === "told" || !isAboutNow(incident, page, what, ctx)) return acceptDecision([record]);
  const at = report.occurred ?? ctx.at ?? ctx.now;
  if (isOvertaken(incident, page, what, at)) return acceptDecision([record]);
  const { key, to } = page;
  const reopens = report.occurred !== undefined && isOpenAgainThere(incident, page, { what, at }, ctx);
  return acceptDecision(
    decideInTurn(incident, ctx, [
      () => [{ type: "alarm.reported", data: { key, to, what, at } }],
      (now, counting) => (reopens ? reopenByAlarm(now, page, text, counting) : []),
      (now, counting) => {
        const known = now.pages.find((each) => each.key === key)!;
        return appliesTo(known, what) ? changeByAlarm(now, known, { what, alarm, text }, counting) : [record];
      },
    ]),
  );
}

function changeByAlarm(
  incident: Incident,
  page: Page,
  { what, alarm, text }: { readonly what: AlarmChange; readonly alarm: string; readonly text: string },
  ctx: Context,
): readonly Fact[] {
  const { status } = incident;
  switch (what) {
    case "acknowledged":
      return answerAlarm(incident, page, alarm, ctx);
    case "unacknowledged":
      return handedBack(incident, page, oneLine(text, 300), ctx);
    case "resolved":
      return endByPager(incident, { alarm, text }, ctx);
    case "reopened":
      if (status === "resolved" || status === "closed") return reopenByAlarm(incident, page, text, ctx);
      // The news of its end there is still on its way: it is open there again, and no one has it.
      return page.status === "acknowledged" ? handedBack(incident, page, oneLine(text, 300), ctx) : [];
  }
}

function reopenByAlarm(incident: Incident, { key }: Page, text: string, ctx: Context): readonly Fact[] {
  const reason = oneLine(text, 300);
  return decideInTurn(incident, ctx, [
    () => [{ type: "incident.reopened", data: { status: "triggered", reason, page: key } }],
    rearmUnanswered,
  ]);
}

/** Whether newer news of the alarm has come; or, for what takes an answer back, whether someone has answered here since. */
function isOvertaken(incident: Incident, page: Page, what: AlarmChange, at: Instant): boolean {
  const { reported, acknowledgedAt } = page;
  if (reported !== undefined && at < reported.at) return true;
  if (what !== "unacknowledged" && what !== "reopened") return false;
  const key = escalationOfPage(page);
  const answeredAt = key === undefined ? null : (escalationOf(incident, key)?.answered?.at ?? null);
  return at < Math.max(acknowledgedAt ?? 0, answeredAt ?? 0);
}

/**
 * Whether news of an alarm whose end there ended the incident shows that it was opened there again: the news of that is still
 * on its way, or lost.
 */
function isOpenAgainThere(
  { status }: Incident,
  { reported }: Page,
  { what, at }: { readonly what: AlarmChange; readonly at: Instant },
  { actor }: Context,
): boolean {
  if (reported?.what !== "resolved" || at === reported.at) return false;
  if (status !== "resolved" && status !== "closed") return false;
  return what === "resolved" ? actor.kind !== "person" : what !== "reopened";
}

/**
 * The person who answered an alarm there has given it up: it has to be answered again. The alarm is open there again
 * and wakes its people itself, so that here the next step is due after its usual time, and no one is paged twice.
 */
function handedBack(incident: Incident, page: Page, reason: string, ctx: Context): readonly Fact[] {
  const key = escalationOfPage(page);
  const expired: Fact = { type: "page.expired", data: { key: page.key, to: page.to, reason } };
  // Who has a role goes on having it, or someone is looked for already: only the page rings again.
  if (!isHeldThere(incident, page)) return page.status === "acknowledged" ? [expired] : [];
  if (key === undefined) return [expired];
  if (key === null)
    return decideInTurn(incident, ctx, [
      () => [{ type: "incident.unacknowledged", data: { reason } }],
      // One that runs already, for something newer, runs on.
      (now, counting) => (now.escalation.next === null ? rearmFromFirst(now, counting) : []),
    ]);
  return decideInTurn(incident, ctx, [
    () => [expired, restartedTeam(incident, key, reason)],
    (now, counting) => rearmEscalation(now, counting, key),
  ]);
}

/**
 * Whether someone has what a page is for, and may hand it back in the pager. A person with a role is active, whatever the
 * pager's state.
 */
export function isHeldThere(incident: Incident, page: Page): boolean {
  const key = escalationOfPage(page);
  if (key === undefined) return page.status === "acknowledged";
  if (key === null) return incident.status === "acknowledged" && incident.roles.commander === null;
  return isOpen(incident.status) && (escalationOf(incident, key)?.answered ?? null) !== null;
}

function rearmFromFirst(incident: Incident, ctx: Context): readonly Fact[] {
  return rearmEscalation({ ...incident, escalation: { ...incident.escalation, step: 0 } }, ctx);
}

/**
 * Whether what happened to an alarm is about the incident as it is. Each may be answered, handed back and given up by the
 * pager; by one of the incident's own, of this episode, a person ends the incident or begins it again.
 */
function isAboutNow(incident: Incident, page: Page, what: AlarmChange, { actor }: Context): boolean {
  if (!isPageOfEpisode(page, incident)) return false;
  const own = escalationOfPage(page) === null;
  return own || (what !== "reopened" && (what !== "resolved" || actor.kind !== "person"));
}

/** Whether the page of an alarm can still change: an alarm that has ended was not answered. */
function appliesTo({ status }: Page, what: AlarmChange): boolean {
  if (what === "reopened") return true;
  if (status === "resolved" || status === "canceled") return false;
  return status !== "failed" || what === "acknowledged";
}
