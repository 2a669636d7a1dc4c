import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import {
  addresseeEffects,
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
import { AlertCountsSchema, PersonSchema } from "#domain/incident/schemas.ts";
import {
  answerBy,
  ENDING_FIELDS,
  endedIncident,
  NO_ALERTS,
  NO_RECHECK,
  UPTIMES_KEPT,
  closedPages,
} from "#domain/events/state-changes.ts";
import { firstReviewReminder } from "#domain/events/review-state.ts";
import {
  UNANSWERED_ESCALATION,
  type EscalationAnswer,
  type EscalationState,
} from "#domain/incident/escalation-state.ts";
import type { RestorableFields } from "#domain/incident/incident.ts";
import { leavePages } from "#domain/incident/merged-parts.ts";
import { changeEscalations, stoppedEscalation } from "#domain/incident/team-escalation.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, STATUSES, type Instant, type Status } from "#domain/values/language.ts";

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
    evolve: (before, { data, at }) => ({
      ...before,
      ...NO_RECHECK,
      status: "resolved",
      resolvedAt: at,
      resolvedBy: data.by,
      mitigatedAt: before.mitigatedAt ?? at,
      quietUntil: null,
      handoff: null,
      ...changeEscalations(before, stoppedEscalation),
      pages: closedPages(before),
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
    kinds: ["people"],
    feed: "✅",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    waitsFor: waitsForNoOne,
    wakesRuns: true,
    undo: { restores: () => ENDING_FIELDS, milestone: "resolved" },
  },
);

export const incidentReopened = defineEvent(
  "incident.reopened",
  {
    status: z.enum(STATUSES),
    reason: z.string(),
    /** true: it had ended and began again; false: it had not ended. */
    again: z.literal(true).exactOptional(),
    /** Who ended it while alerts fired, which still do: they are notified first. */
    tell: PersonSchema.exactOptional(),
    /** The page whose alarm is open again at the pager, by its key: it waits for an answer there. */
    page: z.string().exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { data, at } = event;
      return {
        ...before,
        ...NO_RECHECK,
        status: data.status,
        episode: before.episode + 1,
        pages: before.pages.map((page) =>
          page.key === data.page
            ? { ...page, status: "sent", acknowledgedAt: null, episode: before.episode + 1 }
            : page,
        ),
        ups:
          data.again === true && before.resolvedAt !== null
            ? [...before.ups, { from: before.resolvedAt, to: at }].slice(-UPTIMES_KEPT)
            : before.ups,
        resolvedAt: null,
        resolvedBy: null,
        closedAt: null,
        mitigatedAt: null,
        quietUntil: null,
        acknowledgedAt: data.status === "triggered" ? null : before.acknowledgedAt,
        acknowledgedBy: data.status === "triggered" ? null : before.acknowledgedBy,
        // Who had it has it again when it is acknowledged at once; else the search begins at the first step.
        escalation: reopenedEscalation(event, before, before.escalation.answered ?? answerBy(before, event, null)),
        // What ended and begins again has the teams of what fires now; of what had not ended, every team still has its own.
        teamEscalations:
          data.again === true && before.alerts.firing === 0
            ? {}
            : changeEscalations(before, ({ answered, ofAlerts }) => ({
                ...reopenedEscalation(event, before, answered),
                ...(ofAlerts === undefined ? {} : { ofAlerts }),
              })).teamEscalations,
        commandReminders: 0,
        postmortem: { ...before.postmortem, state: "draft", due: null, nudges: 0, nudgeAt: null },
        channel: before.archived ? null : before.channel,
        archived: false,
      };
    },
    effects: (after, event, policy) => [
      ...(event.data.tell === undefined
        ? []
        : addresseeEffects(after, event.data.tell, { kind: "recheck" }, event.seq, policy)),
      ...reopenTicketEffects(event, after),
    ],
    timers: (after, event) => [
      { timer: "archive", at: null },
      { timer: "recheck", at: null },
      { timer: "review", at: null },
      updateTimer(after),
      commandTimer(event, after),
      ...acknowledgementTimer(after),
      ...ticketTimer(after, event.at),
    ],
    describe: ({ data }) => `Re-opened: ${data.reason}`,
    kinds: ["people"],
    feed: "🔁",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "starts",
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => [...ENDING_FIELDS, "postmortem"], milestone: null },
  },
);

/** Who had answered has it again, for as long as an answer holds that is given now. */
function reopenedEscalation(
  { data: { status }, recordedAt }: { readonly data: { readonly status: Status }; readonly recordedAt: Instant },
  { plan: { ackExpires } }: Incident,
  answered: EscalationAnswer | null,
): EscalationState {
  if (status === "triggered" || answered === null) return UNANSWERED_ESCALATION;
  const until = ackExpires === null ? null : recordedAt + ackExpires;
  return { ...UNANSWERED_ESCALATION, answered: { ...answered, until } };
}

export const incidentClosed = defineEvent(
  "incident.closed",
  {
    /** Who closed it; absent where it closed by itself, and in what an earlier version stored. */
    by: PersonSchema.exactOptional(),
  },
  {
    evolve: // What was canceled or merged stays that; only its channel is archived.
      (before, { at }) => ({
        ...before,
        status: before.status === "canceled" || before.status === "merged" ? before.status : "closed",
        closedAt: before.closedAt ?? at,
      }),
    effects: ({ channel }) => (channel !== null ? [{ type: "chat.archive", channel: channel.id }] : []),
    timers: noConsequences,
    describe: ({ data }) => (data.by === undefined ? "Closed" : `Closed by ${data.by.name}`),
    kinds: ["people"],
    feed: "📁",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    waitsFor: waitsForNoOne,
    wakesRuns: true,
    undo: { final: () => "Closing cannot be undone: `reopen` opens it again." },
  },
);

export const incidentCanceled = defineEvent(
  "incident.canceled",
  {
    reason: z.string(),
    /** So many alerts fire on and are silenced until they resolve. */
    silences: z.number().exactOptional(),
  },
  {
    evolve: (before, event) => ({
      ...endedIncident(before, event),
      status: "canceled",
      falseAlarm:
        event.data.silences === undefined
          ? null
          : { by: { id: event.actor.id, name: event.actor.name }, reason: event.data.reason },
    }),
    effects: (after, event) => [
      ...(after.pages.length > 0 ? [{ type: "page.resolve", episode: after.episode } as const] : []),
      ...closeTicketEffects(event, after),
    ],
    timers: (_, event, policy) => [...STOPPED_TIMERS, ...archiveTimer(event, policy)],
    describe: ({ data, actor }) =>
      `Canceled by ${actor.name}: ${data.reason}${data.silences === undefined ? "" : ` (${countedNoun(data.silences, "alert")} silenced until resolved)`}`,
    kinds: ["people"],
    feed: "🚫",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    waitsFor: waitsForNoOne,
    wakesRuns: true,
    undo: { restores: () => ENDING_FIELDS, milestone: "resolved" },
  },
);

/** What a merge changes at most. */
const MERGED_FIELDS: readonly (keyof RestorableFields)[] = [...ENDING_FIELDS, "mergedInto"];

/** It goes on as a part of another, which has its alerts now. */
export const incidentMerged = defineEvent(
  "incident.merged",
  {
    into: z.number(),
    alerts: AlertCountsSchema,
    /** Keys of the pages that go along with their alarms; absent in what an earlier version stored, which ended them. */
    carried: z.array(z.string()).exactOptional(),
  },
  {
    evolve: (before, event) => ({
      ...endedIncident(
        { ...before, pages: leavePages(before.pages, event.data.carried ?? [], event.data.into) },
        event,
      ),
      status: "merged",
      mergedInto: event.data.into,
      beforeMerge: Object.fromEntries(MERGED_FIELDS.map((field) => [field, before[field]])),
      alerts: NO_ALERTS,
    }),
    effects: (after, event) => [
      ...(event.data.carried === undefined && after.pages.length > 0
        ? [{ type: "page.resolve", episode: after.episode } as const]
        : []),
      ...closeTicketEffects(event, after),
      { type: "chat.pointer", into: event.data.into },
    ],
    timers: (_, event, policy) => [...STOPPED_TIMERS, ...archiveTimer(event, policy)],
    describe: ({ data, actor }) => `Merged into ${incidentId(data.into)} by ${actor.name}: go on there`,
    kinds: ["people"],
    feed: "🔗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    waitsFor: waitsForNoOne,
    wakesRuns: true,
    undo: { restores: () => MERGED_FIELDS, milestone: "resolved" },
  },
);
