import type { Context } from "#domain/events/decision.ts";
import { isPageOpen, limitAnswer } from "#domain/events/state-changes.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT, type EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import type { CarriedParts } from "#domain/incident/merged-parts.ts";
import {
  changeEscalation,
  escalationKey,
  escalationOf,
  escalationOfPage,
  listEscalations,
  stoppedEscalation,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import { findNextStep } from "#domain/paging/next-step.ts";
import { longestWait, stepDelay } from "#domain/paging/step-delay.ts";
import { isHigherPriority, type Instant } from "#domain/values/language.ts";

// What a merge carries: pages keep their alarms and answers, and a team is looked for from where the search for it was.

/** Whether a page goes where its alerts go: it has not ended, and is still here. */
export function mayBeCarried({ status, carriedTo }: Page): boolean {
  return carriedTo === undefined && status !== "canceled" && status !== "resolved";
}

/** A page of one incident as it is in another. Where it was asked for, and whose alarm it is, stays. */
export function carryPage(page: Page, from: Incident, into: Incident): Page {
  const { team, origin, carriedTo: _, ...rest } = page;
  const asked = origin ?? {
    incident: from.number,
    ...(from.uid === undefined ? {} : { uid: from.uid }),
    team: team ?? from.route.team,
  };
  const key = escalationOfPage(page) === undefined ? null : escalationKey(into, asked.team);
  return {
    ...rest,
    episode: into.episode,
    ...(key === null ? {} : { team: key }),
    ...(asked.incident === into.number ? {} : { origin: asked }),
  };
}

/** Whether a team is looked for, or has answered. */
export function isActive(escalation: EscalationState | null): escalation is EscalationState {
  return escalation !== null && (escalation.next !== null || escalation.answered !== null);
}

/**
 * The escalations of one incident that are at work, by whose each is in another. Those whom the pager chose for one without
 * a team are not the team of the other: neither their steps nor their answer are.
 */
export function comingEscalations(
  from: Incident,
  into: Incident,
): readonly (readonly [EscalationKey, EscalationState])[] {
  return listEscalations(withOwnExpiry(from))
    .filter(([key, escalation]) => isActive(escalation) && !isOfNoTeam(key, from, into))
    .map(([key, escalation]) => {
      const { ofAlerts, ...state } = escalation;
      const team = key ?? from.route.team;
      // The own team of one that alerts opened was called by its alerts.
      const isOfAlerts = ofAlerts === true || (key === null && from.declaredBy === null);
      return [escalationKey(into, team), isOfAlerts ? { ...state, ofAlerts: true } : state];
    });
}

/** The own answer with the expiry that counts: activity has moved that of the incident, and not what is stored with the answer. */
function withOwnExpiry(incident: Incident): Incident {
  const { answered } = incident.escalation;
  const until = incident.ackUntil ?? answered?.until ?? null;
  return answered === null
    ? incident
    : changeEscalation(incident, null, (own) => ({ ...own, answered: { ...answered, until } }));
}

function isOfNoTeam(key: EscalationKey, from: Incident, into: Incident): boolean {
  return key === null && from.route.team === null && into.route.team !== null;
}

/**
 * The search for a team that was looked for in two incidents. It goes on where one of them is unanswered, at the earlier
 * deadline, with a step that neither has paged: an answer counts for the alerts that it was given for, and so not for the
 * team as a whole. Once both are answered, no one is looked for.
 */
export function combineEscalations(there: EscalationState | null, coming: EscalationState): EscalationState {
  if (!isActive(there)) return coming;
  const running = [there, coming].filter(({ next }) => next !== null);
  if (running.length === 0) return there;
  const next = running.map((each) => each.next!).reduce((a, b) => (b.at < a.at ? b : a));
  const isUnseen = running.every(({ unseenSince }) => unseenSince !== null);
  const { unstaffed: _, ofAlerts: __, ...rest } = there;
  const { unstaffed } = running.find((each) => each.unstaffed !== undefined) ?? {};
  return {
    ...rest,
    answered: isUnseen ? rest.answered : null,
    step: Math.max(...running.map(({ step }) => step)),
    next,
    rounds: Math.max(...running.map(({ rounds }) => rounds)),
    unseenSince: isUnseen ? Math.min(...running.map(({ unseenSince }) => unseenSince!)) : null,
    ...(unstaffed === undefined ? {} : { unstaffed }),
    // A team that someone called is needed until it answers, whatever fires.
    ...(there.ofAlerts === true && coming.ofAlerts === true ? { ofAlerts: true } : {}),
  };
}

/**
 * The pages of an incident that go along into another, and the escalations of that one with what comes along. No deadline
 * becomes later, and none stays further ahead than the plan there asks for.
 */
export function carryParts(from: Incident, into: Incident, ctx: Context): CarriedParts {
  const pages = from.pages.filter(mayBeCarried).map((page) => carryPage(page, from, into));
  const coming = comingEscalations(from, into);
  const combined = new Map<EscalationKey, EscalationState>();
  for (const [key, state] of coming)
    combined.set(key, combineEscalations(combined.get(key) ?? escalationOf(into, key), state));
  const escalations = [...combined].map(([key, state]) => ({
    ...(key === null ? {} : { team: key }),
    state: settleEscalation(into, key, state, ctx),
  }));
  return { pages, escalations };
}

/** An escalation as it stands in an incident: by its plan, and with whom it has next there. */
export function settleEscalation(
  into: Incident,
  key: EscalationKey,
  coming: EscalationState,
  ctx: Context,
): EscalationState {
  const { ofAlerts, ...rest } = limitAnswer(coming, into.plan, ctx.now);
  const state: EscalationState = key === null || ofAlerts === undefined ? rest : { ...rest, ofAlerts };
  // A person gave it a priority that pages no one; a team that someone called is looked for all the same.
  if (into.plan.page === "none" && (key === null || ofAlerts === true)) return stoppedEscalation(state);
  if (state.next === null) return state;
  const { step, rounds, next } = state;
  const longest =
    step > 0 ? Math.max(stepDelay(into.plan), longestWait(into, null, 0)) : longestWait(into, key, rounds);
  const at = Math.min(next.at, ctx.now + longest);
  const placed = changeEscalation(into, key, () => state);
  const found = findNextStep(placed, key, step, ctx, at);
  const to = found?.step.to ?? (step === 0 ? NO_ONE_ON_CALL : NO_STEP_LEFT);
  return { ...state, next: { to, at } };
}

/**
 * The people whom carried pages reached, or are reaching, as urgently as the incident is, and when: they have its news
 * already.
 */
export function reachedPeople({ priority }: Incident, carried: readonly Page[]): ReadonlyMap<string, Instant> {
  return new Map(
    carried
      .filter(
        (page) => (isPageOpen(page) || page.status === "acknowledged") && !isHigherPriority(priority, page.priority),
      )
      .flatMap(({ people = [], requestedAt }) => people.map((person) => [person, requestedAt] as const)),
  );
}
