import { z } from "zod";
import { recordTaskTicket, requestFollowUpTickets, requestIncidentTicket } from "#domain/tickets/follow-up-tickets.ts";
import { defineCommand } from "./command-definition.ts";

// Tickets of an incident and of its follow-ups.

/** The incident gets a ticket, or the one that was refused is tried again. */
export const requestTicketCommand = defineCommand("ticket.request", {}, (incident, _, ctx) =>
  requestIncidentTicket(incident, ctx),
);

/** A follow-up becomes a ticket of its own; null: every one that has none. */
export const ticketTaskCommand = defineCommand("task.ticket", { id: z.number().nullable() }, (incident, { id }) =>
  requestFollowUpTickets(incident, id),
);

export const taskTicketedCommand = defineCommand(
  "task.ticketed",
  { id: z.number(), key: z.string(), url: z.string(), note: z.string().nullish() },
  recordTaskTicket,
);
