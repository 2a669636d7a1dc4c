import type { Context } from "#domain/events/decision.ts";
import { ESCALATION_OVERDUE_MS, restartPaging } from "./escalation.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";

/** An acknowledgement has expired: its owner may have fallen asleep, so people are paged again unless one was active. */
export function expireAcknowledgement(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { status, heardAt: lastActiveAt, ackUntil, plan } = incident;
  if (status !== "acknowledged" || ackUntil !== due || plan.ackExpires === null) return [];
  // A clock that has jumped there and back may have written down what is still to come.
  const since = Math.min(ctx.now, lastActiveAt ?? incident.acknowledgedAt ?? incident.openedAt);
  const until = since + plan.ackExpires;
  if (until > ctx.now) return [{ type: "acknowledgement.extended", data: { until } }];
  const reason = `nobody was heard from since ${formatUtcTime(since)} UTC`;
  return [{ type: "incident.unacknowledged", data: { reason } }, ...restartPaging(incident, reason, ctx)];
}

/** Whether an acknowledgement has expired, or expires at an instant that no policy asks for, and nothing has come of it. */
export function isExpiryOverdue({ status, ackUntil, plan }: Incident, now: Instant): boolean {
  if (status !== "acknowledged" || ackUntil === null || plan.ackExpires === null) return false;
  return now - ackUntil > ESCALATION_OVERDUE_MS || ackUntil - now > plan.ackExpires + ESCALATION_OVERDUE_MS;
}
