import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  waitsForHolder,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { closeTicketEffects, ticketChangeEffect } from "#domain/events/follow-ups.ts";
import { noteInBrackets } from "#domain/events/wording.ts";
import { isOpen, TICKET_CHANGES } from "#domain/values/language.ts";

// Tickets of an incident and of its follow-ups.

export const taskTicketWanted = defineEvent(
  "task.ticket_wanted",
  { id: z.number() },
  {
    evolve: unchangedState,
    effects: (_, { data }) => [{ type: "ticket.followup", task: data.id }],
    timers: noConsequences,
    describe: ({ data }) => `Ticket wanted for follow-up ${data.id}`,
    kinds: ["people", "tasks"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const taskTicketed = defineEvent(
  "task.ticketed",
  { id: z.number(), key: z.string(), url: z.string(), note: z.string().exactOptional() },
  {
    evolve: (before, { data: { id, key, url } }) => ({
      ...before,
      tasks: before.tasks.map((task) => (task.id === id ? { ...task, ticket: { key, url } } : task)),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Follow-up ${data.id} is ticket ${data.key}${noteInBrackets(data)}`,
    kinds: ["people", "tasks"],
    feed: "🎫",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const taskTicketFailed = defineEvent(
  "task.ticket_failed",
  { id: z.number(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Follow-up ${data.id} could not become a ticket: ${data.reason}`,
    kinds: ["people", "tasks"],
    feed: "⚠️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForHolder,
    wakesRuns: false,
    undo: null,
  },
);

export const ticketRequested = defineEvent(
  "ticket.requested",
  {
    reason: z.string(),
    /** What was refused and is tried again, of a ticket that is there. */
    again: z.object({ what: z.enum(["close", "reopen"]), seq: z.number() }).exactOptional(),
  },
  {
    evolve: (before) => ({ ...before, ticketRequested: true }),
    effects: (_, { data: { again } }) => [again === undefined ? { type: "ticket.open" } : ticketChangeEffect(again)],
    timers: noConsequences,
    describe: ({ data: { reason, again } }) =>
      again === undefined
        ? `Ticket wanted: ${reason}`
        : `${again.what === "close" ? "Closing" : "Re-opening"} the ticket is tried again: ${reason}`,
    kinds: ["tasks"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const ticketOpened = defineEvent(
  "ticket.opened",
  { key: z.string(), url: z.string(), note: z.string().exactOptional() },
  {
    evolve: (before, { data: { key, url } }) => ({ ...before, tickets: [...before.tickets, { key, url }] }),
    effects: // The incident ended before the tracker answered.
      (after, event) => (isOpen(after.status) ? [] : closeTicketEffects(event, after)),
    timers: noConsequences,
    describe: ({ data }) => `Ticket ${data.key} opened${noteInBrackets(data)}`,
    kinds: ["tasks"],
    feed: "🎫",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** The outcome of the incident, as a comment there; `note`: what the tracker could not do, and why. */
export const ticketUpdated = defineEvent(
  "ticket.updated",
  { key: z.string(), how: z.enum(TICKET_CHANGES), note: z.string().exactOptional() },
  {
    evolve: (before) => ({ ...before, ticketRefused: null }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `Ticket ${data.key} ${data.how === "reopened" ? "re-opened" : data.how === "closed" ? "closed" : "told how it ended"}${noteInBrackets(data)}`,
    kinds: ["tasks"],
    feed: "🎫",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** `what` is absent when none could be opened. `seq`: the event for which it was to be closed or re-opened. */
export const ticketFailed = defineEvent(
  "ticket.failed",
  { reason: z.string(), what: z.enum(["close", "reopen"]).exactOptional(), seq: z.number().exactOptional() },
  {
    evolve: (before, { data: { what, seq } }) =>
      what === undefined || seq === undefined ? before : { ...before, ticketRefused: { what, seq } },
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      data.what === undefined
        ? `No ticket could be opened: ${data.reason}`
        : `The ticket could not be ${data.what === "close" ? "closed" : "re-opened"}: ${data.reason}`,
    kinds: ["tasks", "trouble"],
    feed: "⚠️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForHolder,
    wakesRuns: false,
    undo: null,
  },
);
