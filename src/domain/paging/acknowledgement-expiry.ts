import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, ownAnswerHolds } from "#domain/incident/team-escalation.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import { pageAgain, restartedTeam } from "./escalation.ts";

/**
 * Answers have expired: their owners may have fallen asleep, so people are paged again unless one was active. That of the
 * incident's own team is the acknowledgement, or the mitigation of what still fires.
 */
export function expireAnswers(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  if (!isOpen(incident.status)) return [];
  // A clock that was set back must not swallow what was due.
  const until = Math.max(due, ctx.now);
  return decideInTurn(incident, ctx, [
    (now, counting) =>
      ownAnswerHolds(now) && now.ackUntil !== null && now.ackUntil <= until ? expireOwn(now, counting) : [],
    ...Object.keys(incident.teamEscalations).map((team) => (now: Incident, counting: Context) => {
      const answered = escalationOf(now, team)?.answered ?? null;
      return answered !== null && answered.until !== null && answered.until <= until
        ? expireTeam(now, team, { at: answered.at, until: answered.until }, counting)
        : [];
    }),
  ]);
}

function expireOwn(incident: Incident, ctx: Context): readonly Fact[] {
  const { ackExpires } = incident.plan;
  if (ackExpires === null) return [];
  const counted = (incident.ackUntil ?? ctx.now) - ackExpires;
  const acknowledgedAt = incident.acknowledgedAt ?? incident.openedAt;
  const answeredAt = Math.min(acknowledgedAt, incident.escalation.answered?.at ?? acknowledgedAt);
  const since = lastActivity(incident, answeredAt, counted, ctx);
  const until = since + ackExpires;
  if (until > ctx.now) return [{ type: "acknowledgement.extended", data: { until } }];
  const reason = silence(since);
  return decideInTurn(incident, ctx, [
    () => [{ type: "incident.unacknowledged", data: { reason } }],
    // One that runs already, for something newer, runs on.
    (now, counting) => (now.escalation.next === null ? pageAgain(now, reason, counting) : []),
  ]);
}

function expireTeam(
  incident: Incident,
  team: string,
  answered: { readonly at: Instant; readonly until: Instant },
  ctx: Context,
): readonly Fact[] {
  const { ackExpires } = incident.plan;
  if (ackExpires === null) return [];
  const since = lastActivity(incident, answered.at, answered.until - ackExpires, ctx);
  const until = since + ackExpires;
  if (until > ctx.now) return [{ type: "acknowledgement.extended", data: { until, team } }];
  const reason = silence(since);
  return decideInTurn(incident, ctx, [
    () => [restartedTeam(incident, team, reason)],
    (now, counting) => pageAgain(now, reason, counting, team),
  ]);
}

/**
 * When there was activity last. A clock that has jumped there and back may have written down what is still to come: then it is
 * from when the answer is `counted`.
 */
function lastActivity(
  { heardAt: lastActiveAt }: Incident,
  answeredAt: Instant,
  counted: Instant,
  { now }: Context,
): Instant {
  const last = Math.max(lastActiveAt ?? answeredAt, answeredAt);
  return last <= now ? last : Math.min(now, counted);
}

function silence(since: Instant): string {
  return `no activity since ${formatUtcTime(since)} UTC`;
}
