import { z } from "zod";
import { defineEffect, typeAndIncident } from "#domain/effects/effect-definition.ts";

// What the ticket tracker is asked for.

export const openTicket = defineEffect(
  "ticket.open",
  {},
  { lane: "ticket", interval: null, shared: false, key: typeAndIncident },
);

/** A follow-up gets a ticket of its own. */
export const openFollowUp = defineEffect(
  "ticket.followup",
  { task: z.number() },
  { lane: "ticket", interval: null, shared: false, key: ({ task }, of) => `${of}:task-${task}` },
);

/** The end of the incident, event `seq`, on its tickets. */
export const closeTickets = defineEffect(
  "ticket.close",
  { seq: z.number() },
  { lane: "ticket", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** The reopening of the incident, event `seq`, on its tickets. */
export const reopenTickets = defineEffect(
  "ticket.reopen",
  { seq: z.number() },
  { lane: "ticket", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);
