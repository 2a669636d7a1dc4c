import { acceptDecision, applyFacts, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { isPageOpen } from "#domain/events/state-changes.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { splitRecipients } from "#domain/incident/page-recipients.ts";
import { escalationKey, escalationOf, escalationOfPage, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { onCallForTeam, rosterOf } from "#domain/oncall/oncall.ts";
import { isPersonAmong, isSamePerson, policyPersonName } from "#domain/policy/people.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { incidentId, isOpen } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { unansweredText } from "./escalation-text.ts";
import { isPageOfEpisode } from "./page-episode.ts";

// Who answers what. An answer is to a page; the page answers its own escalation, and no other.

type Who = Pick<Context, "actor" | "policy">;

/** Whether a page was sent to the actor. When the pager chose its people, it was sent to no one who is known here. */
function isSentTo(page: Page, { actor, policy }: Who): boolean {
  // What an earlier version stored has only the names that people read.
  if (page.people === undefined) return splitRecipients(page.to).includes(actor.name);
  return isPersonAmong(policy, [...page.people, ...(page.chat ?? [])], actor);
}

/**
 * The pages that wait for an answer of the actor. A page that the pager did not take may have reached them in the chat.
 */
function pagesSentTo(incident: Incident, who: Who): readonly Page[] {
  if (who.actor.kind !== "person") return [];
  return incident.pages.filter(
    (page) =>
      (isPageOpen(page) || (page.status === "failed" && isPageOfEpisode(page, incident))) && isSentTo(page, who),
  );
}

/**
 * A page that someone answers, with those that called them for other teams at the same moment: that was one call, and two
 * alarms only because each team's service in the pager wakes people of its own.
 */
function withSameCall(incident: Incident, page: Page, who: Who): readonly Page[] {
  const others = pagesSentTo(incident, who).filter(
    ({ key, requestedAt }) => key !== page.key && requestedAt === page.requestedAt,
  );
  return [page, ...others];
}

/** Whether a page can be answered: it waits, or it waited in vain. */
export function mayBeAnswered(page: Page): boolean {
  return isPageOpen(page) || page.status === "expired" || page.status === "failed";
}

function openPagesOf({ pages }: Incident, key: EscalationKey): readonly Page[] {
  return pages.filter((page) => isPageOpen(page) && escalationOfPage(page) === key);
}

function keysOf(...lists: readonly (readonly Page[])[]): string[] {
  return [...new Set(lists.flat().map(({ key }) => key))];
}

/** The incident is acknowledged: that answers its own escalation, and the pages that were sent to the actor. */
export function acknowledgeIncident(incident: Incident, ctx: Who): Fact {
  const apart = pagesSentTo(incident, ctx).filter((page) => escalationOfPage(page) === undefined);
  return { type: "incident.acknowledged", data: { pages: keysOf(openPagesOf(incident, null), apart) } };
}

/**
 * Some pages are answered. Each answers the escalation it is part of; the incident is acknowledged with the first when it
 * still is triggered. `alarm`: where the pager's own news of it came from.
 */
function answerFacts(incident: Incident, answered: readonly Page[], ctx: Context, alarm?: string): readonly Fact[] {
  const facts: Fact[] = [];
  let now = incident;
  for (const page of answered) {
    // Answered with one before.
    if (now.pages.find(({ key }) => key === page.key)?.status === "acknowledged") continue;
    const fact = answerPage(now, page, ctx, alarm);
    facts.push(fact);
    now = applyFacts(now, [fact], ctx);
  }
  return facts;
}

function answerPage(incident: Incident, page: Page, ctx: Context, alarm: string | undefined): Fact {
  const key = escalationOfPage(page);
  const from = alarm === undefined ? {} : { alarm };
  const siblings = key === undefined ? [] : openPagesOf(incident, key);
  if (key !== undefined && incident.status === "triggered")
    return {
      type: "incident.acknowledged",
      data: { ...from, ...(key === null ? {} : { team: key }), pages: keysOf([page], siblings) },
    };
  const also = keysOf(siblings).filter((each) => each !== page.key);
  const team = key == null ? {} : { team: key };
  return { type: "page.acknowledged", data: { key: page.key, to: page.to, also, ...team, ...from } };
}

/** Someone acts in a way that shows that they are there: the pages that were sent to them are answered. */
export function answerSentPages(incident: Incident, ctx: Context): readonly Fact[] {
  return isOpen(incident.status) ? answerFacts(incident, pagesSentTo(incident, ctx), ctx) : [];
}

/** Someone acts under a page, named by its key: it is answered, unless it was or has ended. */
export function answerNamedPage(incident: Incident, key: string, ctx: Context): readonly Fact[] {
  const named = incident.pages.find((page) => page.key === key && mayBeAnswered(page));
  return named === undefined ? [] : answerFacts(incident, withSameCall(incident, named, ctx), ctx);
}

/** The pager reports that someone answered a page there: that counts as if they had done it here, under the page. */
export function answerAlarm(incident: Incident, page: Page, alarm: string, ctx: Context): readonly Fact[] {
  return isOpen(incident.status) && mayBeAnswered(page)
    ? answerFacts(incident, withSameCall(incident, page, ctx), ctx, alarm)
    : [];
}

/**
 * Someone acknowledges. The page under which they do it is answered, else all that was sent to them; who was not paged takes
 * the incident, or what its own team or a team of theirs has not answered yet. `under`: the key of a page. They have seen
 * that one: what they were sent at another time, for another team, waits for an answer of its own.
 */
export function acknowledgeAs(incident: Incident, under: string | undefined, ctx: Context): Decision {
  const named = incident.pages.find((page) => page.key === under);
  if (under !== undefined && named === undefined)
    return refuseDecision(`${incidentId(incident.number)} has no page ${oneLine(under, 60)}.`);
  const facts =
    named === undefined
      ? answerFacts(incident, pagesSentTo(incident, ctx), ctx)
      : answerNamedPage(incident, named.key, ctx);
  const now = applyFacts(incident, facts, ctx);
  const key = named === undefined ? undefined : escalationOfPage(named);
  // Called by name, or not at all: the incident itself is acknowledged too.
  if (now.status === "triggered" && typeof key !== "string")
    return acceptDecision([...facts, acknowledgeIncident(now, ctx)]);
  if (facts.length > 0) return acceptDecision(facts);
  const waiting = named === undefined ? waitingTeam(incident, ctx) : runningEscalation(incident, key);
  if (waiting === undefined) return refuseDecision(answeredRefusal(incident, named, ctx));
  if (waiting === null) return acceptDecision([acknowledgeIncident(incident, ctx)]);
  return acceptDecision([acknowledgeTeam(incident, waiting)]);
}

/** How a stored command names the team that someone speaks for. No page has such a key: an earlier version refuses it, where it would leave out a field and answer for another team. */
const FOR_TEAM = "team:";

/** The `page` of an acknowledgement for a whole team. */
export function teamAnswerKey(team: string): string {
  return FOR_TEAM + team;
}

/** The team that an acknowledgement speaks for; null when it is of a page, or of none. */
export function answeredTeam(page: string | undefined): string | null {
  return page?.startsWith(FOR_TEAM) === true ? page.slice(FOR_TEAM.length) : null;
}

/** Someone speaks for a team, whether they are in it or not: that answers its escalation, and no other. */
export function acknowledgeForTeam(incident: Incident, team: string, ctx: Context): Decision {
  const key = escalationKey(incident, team);
  const escalation = escalationOf(incident, key);
  const name = oneLine(team, 60);
  if (escalation === null) return refuseDecision(`${incidentId(incident.number)} does not page the team ${name}.`);
  if (key === null && incident.status === "triggered") return acceptDecision([acknowledgeIncident(incident, ctx)]);
  if (key === null && escalation.next === null) return refuseDecision(answeredRefusal(incident, undefined, ctx));
  if (escalation.next === null && escalation.answered !== null) {
    const text = `${escalation.answered.by.name} has already acknowledged for the team ${name}.`;
    return refuseDecision([text, unansweredText(incident, ctx)].filter((each) => each !== "").join(" "));
  }
  return acceptDecision([key === null ? acknowledgeIncident(incident, ctx) : acknowledgeTeam(incident, key)]);
}

/** A team has it: its pages are answered, and it is looked for no longer. */
export function acknowledgeTeam(incident: Incident, key: EscalationKey): Fact {
  const pages = keysOf(openPagesOf(incident, key));
  return { type: "incident.acknowledged", data: { ...(key === null ? {} : { team: key }), pages } };
}

/** The escalation of a page that has ended, as far as it runs again. */
function runningEscalation(incident: Incident, key: EscalationKey | undefined): EscalationKey | undefined {
  return key !== undefined && (escalationOf(incident, key)?.next ?? null) !== null ? key : undefined;
}

/** Why there is nothing to answer, and what is left. */
function answeredRefusal(incident: Incident, named: Page | undefined, ctx: Context): string {
  const { acknowledgedBy: by, acknowledgedAt, openedAt } = incident;
  const name = by === null ? "someone" : isSamePerson(ctx.policy, by, ctx.actor) ? "you" : by.name;
  const what =
    named === undefined
      ? `${incidentId(incident.number)} was already acknowledged by ${name} at ${formatUtcTime(acknowledgedAt ?? openedAt)} UTC.`
      : named.status === "acknowledged"
        ? `The page of ${named.to} is already acknowledged.`
        : `The page of ${named.to} has ended: ${named.status}.`;
  return [what, unansweredText(incident, ctx)].filter((text) => text !== "").join(" ");
}

/**
 * The escalation that runs and that the actor may answer without naming it: the incident's own, else of a team they are
 * in.
 */
function waitingTeam(incident: Incident, ctx: Context): EscalationKey | undefined {
  if (incident.escalation.next !== null) return null;
  return Object.keys(incident.teamEscalations).find(
    (team) =>
      incident.teamEscalations[team]!.next !== null &&
      (isSamePerson(ctx.policy, incident.teamEscalations[team]!.answered?.by, ctx.actor) || isOfTeam(team, ctx)),
  );
}

function isOfTeam(team: string, ctx: Context): boolean {
  const name = policyPersonName(ctx.policy, ctx.actor.id);
  if (name === null || !Object.hasOwn(ctx.policy.teams, team)) return false;
  const { members, oncall } = ctx.policy.teams[team]!;
  const shift = onCallForTeam(rosterOf(ctx), team, ctx.now);
  return [members, oncall, shift.primary, shift.backup].some((people) => people.includes(name));
}
