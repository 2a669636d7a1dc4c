import { z } from "zod";
import { recordTaskTicket, requestFollowUpTickets } from "#domain/tickets/follow-up-tickets.ts";
import { defineCommand } from "./command-definition.ts";

// Tickets of follow-ups.

/** A follow-up becomes a ticket of its own; null: every one that has none. */
export const ticketTaskCommand = defineCommand("task.ticket", { id: z.number().nullable() }, (incident, { id }) =>
  requestFollowUpTickets(incident, id),
);

export const taskTicketedCommand = defineCommand(
  "task.ticketed",
  { id: z.number(), key: z.string(), url: z.string(), note: z.string().nullish() },
  recordTaskTicket,
);
