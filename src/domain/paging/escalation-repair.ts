import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import {
  escalationOf,
  escalationOfPage,
  listEscalations,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { WatchInterruption } from "#domain/values/interruption.ts";
import { expireAnswers } from "./acknowledgement-expiry.ts";
import { callTeam } from "./calls.ts";
import { armEscalation, escalateWhenDue, rearmEscalation, restartPaging } from "./escalation.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { teamsWithoutOwner } from "./someone-has-it.ts";
import { longestWait, stepDelay } from "./step-delay.ts";

/**
 * Gives each team that no one has an escalation again. One that was never called is called now, and so is the next step of
 * one whose deadline has passed; for one whose deadline was lost a new one is set, by when its last page has had its step. `owners`: the teams that own an alert which fires here at a priority that pages.
 */
export function repairEscalations(
  incident: Incident,
  owners: readonly (string | null)[],
  ctx: Context,
): readonly Fact[] {
  return decideInTurn(
    incident,
    ctx,
    teamsWithoutOwner(incident, owners, ctx.now).map(
      (key) => (now: Incident, counting: Context) => repair(now, key, counting),
    ),
  );
}

function repair(incident: Incident, key: EscalationKey, ctx: Context): readonly Fact[] {
  // One that was overdue was taken along with another.
  if (!teamsWithoutOwner(incident, [key], ctx.now).includes(key)) return [];
  const escalation = escalationOf(incident, key);
  if (escalation?.next != null && escalation.next.at <= ctx.now) return escalateWhenDue(incident, ctx.now, ctx);
  const until = key === null ? incident.ackUntil : (escalation?.answered?.until ?? null);
  if (escalation !== null && escalation.next === null && escalation.answered !== null && until !== null)
    return expireAnswers(incident, until, ctx);
  const last = incident.pages.findLast((page) => escalationOfPage(page) === key && isPageOfEpisode(page, incident));
  if (escalation !== null && last !== undefined)
    return rearmEscalation(incident, ctx, key, remainingStep(incident, escalation, last, ctx));
  const reason = "an alert of theirs fires, and no one was paged for it";
  return key === null ? restartPaging(incident, reason, ctx) : callTeam(incident, key, reason, ctx, { alerts: true });
}

/** ms that the last page may still wait for an answer. A deadline too far ahead is of a clock that was set back: then a whole step. */
function remainingStep({ plan }: Incident, { next }: EscalationState, { requestedAt }: Page, { now }: Context): number {
  return next !== null || requestedAt > now ? Infinity : Math.max(0, requestedAt + stepDelay(plan) - now);
}

/** Rearms every escalation that no one has answered and for which nothing is due. */
export function rearmUnanswered(incident: Incident, ctx: Context): readonly Fact[] {
  return listEscalations(incident).flatMap(([key, { next, answered }]) =>
    next === null && answered === null ? rearmEscalation(incident, ctx, key) : [],
  );
}

/**
 * The clock was set back: deadlines that were set before are so much too far ahead. A step comes when it would have come, and
 * an answer holds no longer than one that is given now.
 */
export function keepDeadlines(
  incident: Incident,
  { from, until }: Pick<WatchInterruption, "from" | "until">,
  ctx: Context,
): readonly Fact[] {
  if (until >= from || incident.plan.page === "none") return [];
  return decideInTurn(incident, ctx, [
    ...listEscalations(incident).map(
      ([key]) =>
        (now: Incident, counting: Context) =>
          keepStep(now, key, { from, until }, counting),
    ),
    (now, counting) => keepAnswers(now, counting),
  ]);
}

function keepStep(
  incident: Incident,
  key: EscalationKey,
  { from, until }: Pick<WatchInterruption, "from" | "until">,
  ctx: Context,
): readonly Fact[] {
  const { step, next, rounds, unseenSince } = escalationOf(incident, key)!;
  if (next === null) return [];
  // What was set since follows a page of the moments since; all else was set before, however far ahead it lies.
  const last = incident.pages.findLast((page) => escalationOfPage(page) === key);
  const isSince = last !== undefined && last.requestedAt > until && last.requestedAt <= ctx.now;
  if (isSince && next.at - ctx.now <= longestWait(incident, key, rounds) + MINUTE_MS) return [];
  const wait = Math.max(0, next.at - (from - until) - ctx.now);
  return armEscalation(incident, key, unseenSince === null ? step : 0, wait, ctx);
}

function keepAnswers(incident: Incident, ctx: Context): readonly Fact[] {
  const { ackExpires } = incident.plan;
  if (ackExpires === null) return [];
  const expiries = [
    incident.ackUntil,
    ...Object.values(incident.teamEscalations).map(({ answered }) => answered?.until),
  ];
  const latest = Math.max(...expiries.map((at) => at ?? 0));
  return latest - ctx.now > ackExpires + MINUTE_MS ? expireAnswers(incident, latest, ctx) : [];
}
