import type { Incident } from "#domain/incident/incident.ts";
import type { AnyEvent } from "./event-definition.ts";

/** Keeps count of who was active last, and until when an acknowledgement holds. */
export function updateLastActivity(before: Incident | null, after: Incident, event: AnyEvent): Incident {
  const lastActiveAt = event.actor.kind === "person" ? event.recordedAt : after.heardAt;
  const { ackExpires } = after.plan;
  const begins =
    after.status === "acknowledged" && (before?.status !== "acknowledged" || before.plan.ackExpires !== ackExpires);
  return {
    ...after,
    heardAt: lastActiveAt,
    ackUntil: !begins ? after.ackUntil : ackExpires === null ? null : event.recordedAt + ackExpires,
  };
}
