import { applyFacts, decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import {
  escalationOf,
  escalationOfPage,
  listEscalations,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import { rosterOf } from "#domain/oncall/oncall.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { isHigherPriority, isOpen, type Instant, type Person } from "#domain/values/language.ts";
import { resolveEscalationPolicy, resolveStepPeople } from "./escalation-steps.ts";
import { findNextStep, namedStep, stepCount, upcomingStep, type NextStep } from "./next-step.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { requestPage, withoutActor, type RequestedBy } from "./page-request.ts";
import { isOfLaterClock, restartPause, stepDelay, unstaffedPause, waitUntilDue } from "./step-delay.ts";
import { exhaustedReason, nextStepReason } from "./step-outcome.ts";

// The search for someone of a team: `key` is which team's, null the incident's own.

/** A team that was looked for, or has answered, is looked for again; what called it stays. */
export function restartedTeam(incident: Incident, team: string, reason: string): Fact {
  const alerts = escalationOf(incident, team)?.ofAlerts;
  return { type: "escalation.started", data: { team, reason, ...(alerts === undefined ? {} : { alerts }) } };
}

function ofTeam(key: EscalationKey): { readonly team?: string } {
  return key === null ? {} : { team: key };
}

/**
 * Pages the first step of a team, and sets the next one. `flapping`: only alerts fire that the incident had before; while
 * the page for them is open or was answered, no one is paged for that within `grouping.repage`.
 */
export function pageFirstStep(
  incident: Incident,
  reason: string,
  ctx: Context,
  flapping = false,
  key: EscalationKey = null,
): readonly Fact[] {
  if (incident.plan.page === "none") return [];
  const held = flapping ? heldBack(incident, key, ctx) : null;
  const first = findNextStep(incident, key, held?.step ?? 0, ctx, held?.due ?? ctx.now);
  if (first === null) return callWatchers(incident, key, reason, ctx);
  if (held !== null) return [{ type: "escalation.armed", data: { ...held, to: first.step.to, ...ofTeam(key) } }];
  return pageStep(incident, key, first, reason, ctx);
}

/**
 * Until when no one is paged again for alerts that flap, and which step is paged then; null: they are paged now. Never
 * longer than a step has to answer. A person who did not answer is not paged again for that: the step after them is. A
 * page that ended before anyone answered, with its incident or with the alerts of its team, holds nothing back: no one
 * knows of the alert.
 */
function heldBack(
  incident: Incident,
  key: EscalationKey,
  ctx: Context,
): { readonly step: number; readonly due: Instant } | null {
  const last = incident.pages.findLast(
    (page) =>
      escalationOfPage(page) === key &&
      !isHigherPriority(incident.priority, page.priority) &&
      page.status !== "failed" &&
      page.status !== "canceled",
  );
  const until = last === undefined ? ctx.now : last.requestedAt + ctx.policy.grouping.repage;
  if (last === undefined || until <= ctx.now || isOfLaterClock(last.requestedAt, ctx.now)) return null;
  if (last.acknowledgedAt === null && (last.status === "resolved" || !isPageOfEpisode(last, incident))) return null;
  const delay = stepDelay(incident.plan);
  return last.acknowledgedAt === null
    ? { step: 1, due: Math.max(ctx.now, last.requestedAt + delay) }
    : { step: 0, due: Math.min(until, ctx.now + delay) };
}

/** Pages from the first step again, without regard to recent pages. */
export function restartPaging(
  incident: Incident,
  reason: string,
  ctx: Context,
  key: EscalationKey = null,
  asked: RequestedBy = {},
): readonly Fact[] {
  const first = findNextStep(incident, key, 0, ctx, ctx.now);
  return first === null ? callWatchers(incident, key, reason, ctx) : pageStep(incident, key, first, reason, ctx, asked);
}

/**
 * Pages the first step of the incident's own team, but for people whom the news has reached, by when each was paged. When it
 * has reached all, the next step follows in its time.
 */
export function pageUnreached(
  incident: Incident,
  reason: string,
  reached: ReadonlyMap<string, Instant>,
  ctx: Context,
): readonly Fact[] {
  const first = findNextStep(incident, null, 0, ctx, ctx.now);
  if (first === null) return callWatchers(incident, null, reason, ctx);
  const { people } = first.step;
  const left = people.filter(({ id }) => !reached.has(id));
  if (left.length === people.length) return pageStep(incident, null, first, reason, ctx);
  if (left.length === 0) {
    const { next, step } = incident.escalation;
    const due = Math.max(...people.map(({ id }) => reached.get(id)!)) + first.after;
    const soonest = Math.max(ctx.now, Math.min(due, next?.at ?? due, ctx.now + first.after));
    return armEscalation(incident, null, Math.max(first.at + 1, step), soonest - ctx.now, ctx);
  }
  return pageStep(incident, null, { ...first, step: namedStep(first.step.to, left) }, reason, ctx);
}

/**
 * No one has it, and people are paged from the first step again; but while a page of the same escalation is out that was
 * asked for within the last step, that one is the page for it: its recipients are not woken twice, and the next step follows it.
 */
export function pageAgain(
  incident: Incident,
  reason: string,
  ctx: Context,
  key: EscalationKey = null,
): readonly Fact[] {
  const delay = stepDelay(incident.plan);
  const out = incident.pages.findLast(
    (page) => escalationOfPage(page) === key && isPageOfEpisode(page, incident) && page.status !== "failed",
  );
  const waits = out?.status === "requested" || out?.status === "sent";
  const counts = waits && !isHigherPriority(incident.priority, out.priority);
  const due = counts && !isOfLaterClock(out.requestedAt, ctx.now) ? out.requestedAt + delay : ctx.now;
  if (due <= ctx.now) return restartPaging(incident, reason, ctx, key);
  const step = Math.max(1, escalationOf(incident, key)?.step ?? 0);
  return armEscalation(incident, key, step, due - ctx.now, ctx);
}

/**
 * No step has anyone. The steps are looked at again after each wait, as a shift may begin; that is announced where all
 * incidents are watched, and again after pauses that grow.
 */
function callWatchers(incident: Incident, key: EscalationKey, reason: string, ctx: Context): readonly Fact[] {
  const due = ctx.now + stepDelay(incident.plan);
  const { times = 0, until = ctx.now } = escalationOf(incident, key)?.unstaffed ?? {};
  const again = ctx.now + unstaffedPause(incident, times);
  const announced: Fact = {
    type: "escalation.unstaffed",
    data: { reason, team: key ?? incident.route.team, due, again },
  };
  return [
    ...(ctx.now < until ? [] : [announced]),
    { type: "escalation.armed", data: { step: 0, to: NO_ONE_ON_CALL, due, ...ofTeam(key) } },
  ];
}

/**
 * Pages a step that the escalation has come to, and arms the next one. One whose people were all paged too often is passed at
 * once, and so is that of the person who calls a team. Whose other verb leads to a step of theirs alone is not paged.
 */
function pageStep(
  incident: Incident,
  key: EscalationKey,
  from: NextStep,
  reason: string,
  ctx: Context,
  asked: RequestedBy = {},
): readonly Fact[] {
  const facts: Fact[] = [];
  const steps = resolveEscalationPolicy(incident, incident.plan, ctx.policy, key).length;
  const roundEnd = Math.min((Math.floor(from.at / steps) + 1) * steps, stepCount(incident, key, incident.plan, ctx));
  let step = from;
  for (;;) {
    const now = facts.length === 0 ? incident : applyFacts(incident, facts, ctx);
    const cause = step.skipped.length === 0 ? reason : `${reason}; no one for ${step.skipped.join(", ")}`;
    const others = withoutActor(step.step, ctx);
    const page = others === null ? null : requestPage(now, others, cause, ctx, { ...asked, ...ofTeam(key) });
    facts.push(...(page?.facts ?? []));
    const isPassed = page === null ? asked.call !== undefined : page.throttled;
    const further = isPassed ? findNextStep(incident, key, step.at + 1, ctx, ctx.now, roundEnd) : null;
    if (further === null) break;
    step = further;
    const why = page === null ? `is ${ctx.actor.name}, who called` : "has too many unanswered pages";
    facts.push({
      type: "escalation.advanced",
      data: { step: step.at, to: step.step.to, reason: `the step before ${why}`, ...ofTeam(key) },
    });
  }
  const wait =
    facts.length > 0 ? step.after : waitUntilDue(escalationOf(incident, key)?.next ?? null, step.after, ctx.now);
  return [...facts, ...armEscalation(incident, key, step.at + 1, wait, ctx)];
}

/** The next step that has someone, and its due time. After the last one: when to announce that every step was paged. */
export function armEscalation(
  incident: Incident,
  key: EscalationKey,
  step: number,
  delay: number,
  ctx: Context,
): readonly Fact[] {
  const due = ctx.now + delay;
  const next = findNextStep(incident, key, step, ctx, due);
  return [
    { type: "escalation.armed", data: { step, to: next === null ? NO_STEP_LEFT : next.step.to, due, ...ofTeam(key) } },
  ];
}

/**
 * An incident is open again on old news, or a deadline was lost: no one is paged for that, but the escalation goes on if no one
 * answers within a step. `longest`: ms that it waits at most.
 */
export function rearmEscalation(
  incident: Incident,
  ctx: Context,
  key: EscalationKey = null,
  longest = Infinity,
): readonly Fact[] {
  if (incident.plan.page === "none") return [];
  const step = escalationOf(incident, key)?.step ?? 0;
  return armEscalation(incident, key, Math.max(1, step), Math.min(longest, stepDelay(incident.plan)), ctx);
}

/**
 * Something new fires in what a team has answered: the person who answered is notified, and without activity within a
 * step the team is paged again.
 */
export function requestAttention(
  incident: Incident,
  key: EscalationKey,
  reason: string,
  ctx: Context,
): readonly Fact[] {
  const by = escalationOf(incident, key)?.answered?.by ?? (key === null ? incident.acknowledgedBy : null);
  const due = ctx.now + stepDelay(incident.plan);
  const first = findNextStep(incident, key, 0, ctx, due);
  return [
    { type: "attention.requested", data: { to: by, reason, ...ofTeam(key) } },
    { type: "escalation.armed", data: { step: 0, to: first?.step.to ?? NO_STEP_LEFT, due, ...ofTeam(key) } },
  ];
}

/** The escalation timer is due: every escalation that is due takes its step, whether or not another is answered. */
export function escalateWhenDue(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  if (!isOpen(incident.status)) return [];
  // A clock that was set back must not swallow what was due.
  const until = Math.max(due, ctx.now);
  return decideInTurn(
    incident,
    ctx,
    listEscalations(incident).map(([key]) => (now: Incident, counting: Context) => {
      const next = escalationOf(now, key)?.next ?? null;
      return next === null || next.at > until ? [] : takeStep(now, key, counting);
    }),
  );
}

function takeStep(incident: Incident, key: EscalationKey, ctx: Context): readonly Fact[] {
  const escalation = escalationOf(incident, key)!;
  const { step, rounds, unseenSince } = escalation;
  if (unseenSince !== null) return pageUnseen(incident, key, unseenSince, ctx);
  const climbed = upcomingStep(incident, [key, escalation], ctx, ctx.now);
  if (climbed === null && step === 0) return callWatchers(incident, key, nextStepReason(incident, key), ctx);
  if (climbed === null) return beginAgain(incident, key, rounds, ctx);
  if (step === 0) {
    const reason = rounds === 0 ? "it fires again and" : "every step was tried and";
    return pageStep(incident, key, climbed, `${reason} ${nextStepReason(incident, key)}`, ctx);
  }
  const reason = nextStepReason(incident, key);
  return [
    { type: "escalation.advanced", data: { step: climbed.at, to: climbed.step.to, reason, ...ofTeam(key) } },
    ...pageStep(incident, key, climbed, reason, ctx),
  ];
}

/** The person who had it has not reacted to something new: no one has it. */
function pageUnseen(incident: Incident, key: EscalationKey, since: Instant, ctx: Context): readonly Fact[] {
  const reason = `something new fires since ${formatUtcTime(since)} UTC, and there was no activity`;
  return decideInTurn(incident, ctx, [
    () => [key === null ? { type: "incident.unacknowledged", data: { reason } } : restartedTeam(incident, key, reason)],
    (now, counting) => pageAgain(now, reason, counting, key),
  ]);
}

/** Every step was paged: that is announced where people see it, and after a while it begins again. */
function beginAgain(incident: Incident, key: EscalationKey, rounds: number, ctx: Context): readonly Fact[] {
  const due = ctx.now + restartPause(incident, rounds);
  const first = findNextStep(incident, key, 0, ctx, due);
  const reason = exhaustedReason(incident, key, due, ctx);
  return [
    { type: "escalation.exhausted", data: { reason, ...ofTeam(key), people: peopleOfSteps(incident, key, ctx) } },
    { type: "escalation.armed", data: { step: 0, to: first?.step.to ?? NO_STEP_LEFT, due, ...ofTeam(key) } },
  ];
}

/** Everyone on the steps of an escalation as they are now, by their ids in the chat where they have one. */
function peopleOfSteps(incident: Incident, key: EscalationKey, ctx: Context): Person[] {
  const people = resolveEscalationPolicy(incident, incident.plan, ctx.policy, key)
    .flatMap((step) => resolveStepPeople(incident, step, rosterOf(ctx), ctx.now))
    .map(({ id, name, chatId }): Person => ({ id: chatId ?? id, name }));
  return [...new Map(people.map((person) => [person.id, person])).values()];
}
