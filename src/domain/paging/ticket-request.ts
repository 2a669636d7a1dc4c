import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";

/** A ticket for plans that open one at once. */
export function requestTicketAtOnce(incident: Incident): readonly Fact[] {
  return incident.plan.ticket === "at-once"
    ? requestTicket(incident, `${incident.priority} incidents get a ticket at once`)
    : [];
}

/** One ticket for an incident, for any number of requests. */
export function requestTicket(incident: Incident, reason: string): readonly Fact[] {
  return incident.ticketRequested ? [] : [{ type: "ticket.requested", data: { reason } }];
}
