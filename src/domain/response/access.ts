import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import { notOpenRefusal } from "#domain/events/occurrence.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, type Person } from "#domain/values/language.ts";
import { isResponder } from "./permission.ts";

/** An open incident is hidden from everyone but its people. */
export function makePrivate(incident: Incident): Decision {
  if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
  if (incident.private) return refuseDecision(`${incidentId(incident.number)} is private already.`);
  return acceptDecision([{ type: "incident.made_private", data: { channel: incident.channel } }]);
}

/** Someone asks to see a private incident. */
export function requestAccess(incident: Incident, { actor, policy }: Context): Decision {
  const id = incidentId(incident.number);
  if (!incident.private) return refuseDecision(`${id} is not private: everyone sees it.`);
  if (isResponder(policy, incident, actor)) return refuseDecision(`You already have access to ${id}.`);
  return acceptDecision([{ type: "access.requested", data: { person: { id: actor.id, name: actor.name } } }]);
}

/** Someone of the incident lets another person in. */
export function grantAccess(incident: Incident, person: Person, { policy }: Context): Decision {
  if (!isOpen(incident.status)) return refuseDecision(notOpenRefusal(incident));
  return incident.private && isResponder(policy, incident, person)
    ? refuseDecision(`${person.name} already has access to ${incidentId(incident.number)}.`)
    : acceptDecision([{ type: "access.granted", data: { person } }]);
}
