import type { Context } from "./decision.ts";
import { pageAnew } from "./escalation.ts";
import type { Fact } from "./event.ts";
import type { Incident } from "./incident.ts";
import { utcTime } from "./instant.ts";
import type { Instant } from "./language.ts";

/** An acknowledgement has come of age: whoever gave it may have fallen asleep again, so people are paged anew unless somebody was heard from. */
export function acknowledgementExpires(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { status, heardAt, ackUntil, plan } = incident;
  if (status !== "acknowledged" || ackUntil !== due || plan.ackExpires === null) return [];
  const since = heardAt ?? incident.acknowledgedAt ?? incident.openedAt;
  const until = since + plan.ackExpires;
  if (until > ctx.now) return [{ type: "acknowledgement.extended", data: { until } }];
  const reason = `nobody was heard from since ${utcTime(since)} UTC`;
  return [{ type: "incident.unacknowledged", data: { reason } }, ...pageAnew(incident, reason, ctx)];
}
