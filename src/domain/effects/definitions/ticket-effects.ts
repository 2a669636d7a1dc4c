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

/** What event `seq` says, on the incident's tickets: it is over. */
export const closeTickets = defineEffect(
  "ticket.close",
  { seq: z.number() },
  { lane: "ticket", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** What event `seq` says, on the incident's tickets: it goes on. */
export const reopenTickets = defineEffect(
  "ticket.reopen",
  { seq: z.number() },
  { lane: "ticket", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);
