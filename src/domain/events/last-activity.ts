import type { Incident } from "#domain/incident/incident.ts";
import type { AnyEvent } from "./event-definition.ts";

/** Keeps count of who was heard from last, and until when an acknowledgement holds. */
export function updateLastActivity(was: Incident | null, after: Incident, event: AnyEvent): Incident {
  const heardAt = event.actor.kind === "person" ? event.recordedAt : after.heardAt;
  const { ackExpires } = after.plan;
  const begins =
    after.status === "acknowledged" && (was?.status !== "acknowledged" || was.plan.ackExpires !== ackExpires);
  return {
    ...after,
    heardAt,
    ackUntil: !begins ? after.ackUntil : ackExpires === null ? null : event.recordedAt + ackExpires,
  };
}
