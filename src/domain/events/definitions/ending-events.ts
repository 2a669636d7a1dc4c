import { z } from "zod";
import { defineEvent, nothing } from "#domain/events/event-definition.ts";
import {
  exceptAlarm,
  closeTicketEffects,
  reopenTicketEffects,
  STOPPED_TIMERS,
  archiveTimer,
  ticketTimer,
  updateTimer,
  acknowledgementTimer,
  commandTimer,
} from "#domain/events/follow-ups.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { AlertCounts } from "#domain/incident/schemas.ts";
import { ENDING_FIELDS, endedIncident, NO_ALERTS, UPTIMES_KEPT, closedPages } from "#domain/events/state-changes.ts";
import { firstReviewReminder } from "#domain/events/review-state.ts";
import { incidentId, STATUSES } from "#domain/values/language.ts";

// Ends, and what comes back from them.

export const incidentResolved = defineEvent(
  "incident.resolved",
  {
    by: z.enum(["alerts", "person"]),
    reason: z.string().nullable(),
    firing: z.number(),
    alarm: z.string().exactOptional(),
  },
  {
    evolve: (was, { data, at }) => ({
      ...was,
      status: "resolved",
      resolvedAt: at,
      resolvedBy: data.by,
      mitigatedAt: was.mitigatedAt ?? at,
      quietUntil: null,
      handoff: null,
      escalation: { ...was.escalation, next: null },
      pages: closedPages(was),
    }),
    effects: (after, event) => [
      ...(after.pages.length > 0
        ? [{ type: "page.resolve", episode: after.episode, ...exceptAlarm(event.data) } as const]
        : []),
      ...(after.channel !== null ? [{ type: "chat.draft", episode: after.episode } as const] : []),
      ...closeTicketEffects(event, after),
    ],
    timers: (after, event, policy) => [
      ...STOPPED_TIMERS,
      { timer: "review", at: firstReviewReminder(after, event.recordedAt, policy) },
      ...archiveTimer(event, policy),
    ],
    describe: ({ data, actor }) =>
      data.by === "alerts"
        ? "Resolved: every alert is quiet"
        : `Resolved by ${actor.name}${data.reason === null ? "" : `: ${data.reason}`}${data.firing > 0 ? ` (${countedNoun(data.firing, "alert")} still firing)` : ""}`,
    feed: "✅",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    wakesRuns: true,
    undo: { restores: () => ENDING_FIELDS },
  },
);

export const incidentReopened = defineEvent(
  "incident.reopened",
  {
    status: z.enum(STATUSES),
    reason: z.string(),
    /** It was over, and has begun again; else it was not over. */
    again: z.literal(true).exactOptional(),
  },
  {
    evolve: (was, { data, at }) => ({
      ...was,
      status: data.status,
      episode: was.episode + 1,
      ups:
        data.again === true && was.resolvedAt !== null
          ? [...was.ups, { from: was.resolvedAt, to: at }].slice(-UPTIMES_KEPT)
          : was.ups,
      resolvedAt: null,
      resolvedBy: null,
      closedAt: null,
      mitigatedAt: null,
      quietUntil: null,
      acknowledgedAt: data.status === "triggered" ? null : was.acknowledgedAt,
      acknowledgedBy: data.status === "triggered" ? null : was.acknowledgedBy,
      escalation: { step: 0, next: null },
      commandReminders: 0,
      postmortem: { ...was.postmortem, state: "draft", due: null, nudges: 0, nudgeAt: null },
      channel: was.archived ? null : was.channel,
      archived: false,
    }),
    effects: (after, event) => reopenTicketEffects(event, after),
    timers: (after, event) => [
      { timer: "archive", at: null },
      { timer: "review", at: null },
      updateTimer(after),
      commandTimer(event, after),
      ...acknowledgementTimer(after),
      ...ticketTimer(after, event.at),
    ],
    describe: ({ data }) => `Re-opened: ${data.reason}`,
    feed: "🔁",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "starts",
    wakesRuns: false,
    undo: { restores: () => [...ENDING_FIELDS, "postmortem"] },
  },
);

export const incidentClosed = defineEvent(
  "incident.closed",
  {},
  {
    evolve: // What was canceled or merged stays that; only its channel is archived.
      (was, { at }) => ({
        ...was,
        status: was.status === "canceled" || was.status === "merged" ? was.status : "closed",
        closedAt: was.closedAt ?? at,
      }),
    effects: ({ channel }) => (channel !== null ? [{ type: "chat.archive", channel: channel.id }] : []),
    timers: nothing,
    describe: () => "Closed",
    feed: "📁",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    wakesRuns: true,
    undo: "final",
  },
);

export const incidentCanceled = defineEvent(
  "incident.canceled",
  { reason: z.string() },
  {
    evolve: (was, event) => ({ ...endedIncident(was, event), status: "canceled" }),
    effects: (after, event) => [
      ...(after.pages.length > 0 ? [{ type: "page.resolve", episode: after.episode } as const] : []),
      ...closeTicketEffects(event, after),
    ],
    timers: (_, event, policy) => [...STOPPED_TIMERS, ...archiveTimer(event, policy)],
    describe: ({ data, actor }) => `Canceled by ${actor.name}: ${data.reason}`,
    feed: "🚫",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    wakesRuns: true,
    undo: { restores: () => ENDING_FIELDS },
  },
);

/** It goes on as a part of another, which has its alerts now. */
export const incidentMerged = defineEvent(
  "incident.merged",
  { into: z.number(), alerts: AlertCounts },
  {
    evolve: (was, event) => ({
      ...endedIncident(was, event),
      status: "merged",
      mergedInto: event.data.into,
      alerts: NO_ALERTS,
    }),
    effects: (after, event) => [
      ...(after.pages.length > 0 ? [{ type: "page.resolve", episode: after.episode } as const] : []),
      ...closeTicketEffects(event, after),
      { type: "chat.pointer", into: event.data.into },
    ],
    timers: (_, event, policy) => [...STOPPED_TIMERS, ...archiveTimer(event, policy)],
    describe: ({ data, actor }) => `Merged into ${incidentId(data.into)} by ${actor.name}: go on there`,
    feed: "🔗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    wakesRuns: true,
    undo: { restores: () => [...ENDING_FIELDS, "mergedInto"] },
  },
);
