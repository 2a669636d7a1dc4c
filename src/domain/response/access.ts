import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import { notOpenRefusal } from "#domain/events/occurrence.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, type Person } from "#domain/values/language.ts";
import { isSamePerson, knownPerson } from "#domain/policy/people.ts";
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

/** Someone joins an incident by themselves: they are invited to its channel, and respond to it. */
export function joinIncident(incident: Incident, { actor }: Context): Decision {
  return isOpen(incident.status)
    ? acceptDecision([{ type: "access.granted", data: { person: { id: actor.id, name: actor.name } } }])
    : refuseDecision(notOpenRefusal(incident));
}

/** More than these need a status page, not direct messages. */
const MOST_SUBSCRIBERS = 200;

/** Someone follows an open incident by direct messages. */
export function subscribeTo(incident: Incident, { actor, policy }: Context): Decision {
  const { status, number, subscribers } = incident;
  if (!isOpen(status)) return refuseDecision(notOpenRefusal(incident));
  if (subscribers.some((each) => isSamePerson(policy, each, actor)))
    return refuseDecision(`You already get the updates of ${incidentId(number)}.`);
  if (knownPerson(policy, actor).chatId === null)
    return refuseDecision("Updates are direct messages: set your id of the chat under `people` in muster.yaml.");
  return subscribers.length >= MOST_SUBSCRIBERS
    ? refuseDecision(
        `${incidentId(number)} has ${MOST_SUBSCRIBERS} subscribers already: follow it in the incidents channel.`,
      )
    : acceptDecision([{ type: "subscriber.added", data: { person: { id: actor.id, name: actor.name } } }]);
}

/** Ends the direct messages to someone who follows an incident; also after it has ended. */
export function unsubscribeFrom({ number, subscribers }: Incident, { actor, policy }: Context): Decision {
  const own = subscribers.find((each) => isSamePerson(policy, each, actor));
  return own === undefined
    ? refuseDecision(`You are not subscribed to ${incidentId(number)}.`)
    : acceptDecision([{ type: "subscriber.removed", data: { person: own } }]);
}
