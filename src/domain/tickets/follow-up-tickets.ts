import { acceptDecision, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { incidentId, isOpen } from "#domain/values/language.ts";

/**
 * The incident gets a ticket because a person asks for one. What its tracker has refused is tried again at once: to open one,
 * or to close or re-open the one that there is.
 */
export function requestIncidentTicket(incident: Incident, { actor }: Context): Decision {
  const { number, tickets, status } = incident;
  const [ticket] = tickets;
  if (ticket !== undefined && incident.ticketRefused !== null)
    return acceptDecision([
      { type: "ticket.requested", data: { reason: `${actor.name} asked for it`, again: incident.ticketRefused } },
    ]);
  if (ticket !== undefined)
    return refuseDecision(`${incidentId(number)} has ticket ${ticket.key} already: ${ticket.url}`);
  if (!isOpen(status) && !incident.ticketRequested)
    return refuseDecision(`${incidentId(number)} is ${status}. For what is left to do: \`followup TEXT\`.`);
  return acceptDecision([{ type: "ticket.requested", data: { reason: `${actor.name} asked for it` } }]);
}

/** A follow-up, or every open one without a ticket, gets one where its team works. */
export function requestFollowUpTickets(incident: Incident, id: number | null): Decision {
  if (id === null) {
    const found = missing(incident);
    return found.length === 0
      ? refuseDecision("Every follow-up that is not done has a ticket.")
      : acceptDecision(found.map(requestTicketFact));
  }
  const task = incident.tasks.find((each) => each.id === id);
  if (task === undefined) return refuseDecision(`There is no follow-up ${id}.`);
  if (task.doneAt !== null) return refuseDecision(`${id} is done already.`);
  return task.ticket === undefined
    ? acceptDecision([requestTicketFact(task)])
    : refuseDecision(`${id} is ticket ${task.ticket.key} already.`);
}

/** At the review every follow-up gets a ticket, unless the policy turns that off. */
export function requestTicketsAtReview(incident: Incident, decision: Decision, { policy }: Context): Decision {
  if (!decision.ok || !policy.postmortem.tickets || incident.postmortem.state !== "draft" || incident.drill)
    return decision;
  return acceptDecision([...decision.facts, ...missing(incident).map(requestTicketFact)]);
}

export function recordTaskTicket(
  incident: Incident,
  {
    id,
    key,
    url,
    note,
  }: { readonly id: number; readonly key: string; readonly url: string; readonly note?: string | null | undefined },
): Decision {
  const task = incident.tasks.find((each) => each.id === id);
  return acceptDecision(
    task === undefined || task.ticket !== undefined
      ? []
      : [{ type: "task.ticketed", data: { id, key, url, ...(note == null ? {} : { note }) } }],
  );
}

function missing({ tasks }: Incident): readonly Task[] {
  return tasks.filter(({ kind, doneAt, ticket }) => kind === "followup" && doneAt === null && ticket === undefined);
}

function requestTicketFact({ id }: Task): {
  readonly type: "task.ticket_wanted";
  readonly data: { readonly id: number };
} {
  return { type: "task.ticket_wanted", data: { id } };
}
