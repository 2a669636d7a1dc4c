import type { Incident } from "#domain/incident/incident.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import { isOpen, type Actor } from "#domain/values/language.ts";
import type { AnyEvent } from "./event-definition.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/**
 * Records who was active last, and until when an acknowledgement holds. Activity shows that the person who has the
 * incident has seen what is new in it.
 */
export function updateLastActivity(before: Incident | null, after: Incident, event: AnyEvent): Incident {
  const lastActiveAt = event.actor.kind === "person" ? event.recordedAt : after.heardAt;
  const { ackExpires } = after.plan;
  const begins =
    (after.status === "acknowledged" && before?.status !== "acknowledged") ||
    (isOpen(after.status) && after.status !== "triggered" && before?.plan.ackExpires !== ackExpires);
  return {
    ...after,
    ...(event.actor.kind === "person" ? seenBy(event.actor, after) : {}),
    heardAt: lastActiveAt,
    ackUntil: !begins ? after.ackUntil : ackExpires === null ? null : event.recordedAt + ackExpires,
  };
}

/**
 * Someone has seen what is new: nothing is due for it. For another team's escalation only the activity of the person
 * who answered it counts; for the incident's own everyone's, except that of a person who answered for another team
 * only. An escalation that runs because no one has answered runs on.
 */
function seenBy(actor: Actor, incident: Incident): Pick<Incident, "escalation" | "teamEscalations"> {
  const { escalation, teamEscalations } = incident;
  const isFor = ({ answered }: EscalationState): boolean => isSamePerson(null, answered?.by, actor);
  const elsewhere = !isFor(escalation) && Object.values(teamEscalations).some(isFor);
  const seen = (each: EscalationState, counts: boolean): EscalationState =>
    each.unseenSince !== null && counts ? { ...each, next: null, unseenSince: null } : each;
  return {
    escalation: seen(escalation, !elsewhere),
    teamEscalations: Object.fromEntries(
      Object.entries(teamEscalations).map(([team, each]) => [team, seen(each, isFor(each))]),
    ),
  };
}
