import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import { acknowledgementTimer } from "#domain/events/follow-ups.ts";
import { instant } from "#domain/incident/schemas.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";

// Pages, and the steps of the escalation.

/** The channel of a page that reached no one. */
const DRY_RUN = "dry-run";

export const pageRequested = defineEvent(
  "page.requested",
  {
    key: z.string(),
    to: z.string(),
    people: z.array(z.string()),
    priority: z.enum(PRIORITIES),
    reason: z.string(),
    /** Their ids in the chat where known: they get a direct message too. */
    chat: z.array(z.string()).exactOptional(),
    /** A call for someone in particular: an alarm of its own for the pager, not one more word on the incident's. */
    apart: z.literal(true).exactOptional(),
    /** Whose alarm it is, when not the incident's own team's. */
    team: z.string().exactOptional(),
  },
  {
    evolve: (before, { data, at }) => ({
      ...before,
      pages: [
        ...before.pages,
        {
          key: data.key,
          to: data.to,
          priority: data.priority,
          episode: before.episode,
          via: null,
          requestedAt: at,
          sentAt: null,
          acknowledgedAt: null,
          status: "requested",
          ...(data.apart === true ? { apart: true } : {}),
          ...(data.team === undefined ? {} : { team: data.team }),
        },
      ],
    }),
    effects: (after, { data, seq }) => [
      {
        type: "page.trigger",
        key: data.key,
        to: data.to,
        people: data.people,
        priority: data.priority,
        episode: after.episode,
      },
      ...(data.chat ?? []).map((id): Effect => ({
        type: "chat.direct",
        to: { id, name: data.to },
        about: { kind: "page", key: data.key },
        seq,
      })),
    ],
    timers: noConsequences,
    describe: ({ data }) => `Paging ${data.to}: ${data.reason}`,
    kinds: ["pages"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: {
      withdraws: ({ data, evidence }, before) =>
        data.apart === true || before.undo?.command === evidence.command ? data.key : null,
    },
  },
);

export const pageSent = defineEvent(
  "page.sent",
  { key: z.string(), to: z.string(), via: z.string() },
  {
    evolve: (before, { data, at }) => ({
      ...before,
      pages: before.pages.map((page) =>
        page.key === data.key
          ? { ...page, via: data.via, sentAt: at, status: page.status === "requested" ? "sent" : page.status }
          : page,
      ),
    }),
    effects: () => [{ type: "page.describe" }],
    timers: noConsequences,
    describe: ({ data }) =>
      data.via === DRY_RUN ? `Would have paged ${data.to}: paging is a dry run` : `Paged ${data.to} via ${data.via}`,
    kinds: ["pages"],
    feed: "📟",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const pageDelayed = defineEvent(
  "page.delayed",
  { key: z.string(), to: z.string(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `The page of ${data.to} does not get through (${data.reason}): it is tried again, they are told in the chat as far as they are known there, and the ladder goes on`,
    kinds: ["pages"],
    feed: "⏳",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const pageFailed = defineEvent(
  "page.failed",
  { key: z.string(), to: z.string(), reason: z.string() },
  {
    evolve: (before, { data }) => ({
      ...before,
      pages: before.pages.map((page) =>
        page.key === data.key ? { ...page, status: page.status === "requested" ? "failed" : page.status } : page,
      ),
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Could not page ${data.to}: ${data.reason}`,
    kinds: ["pages", "trouble"],
    feed: "⚠️",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

/** The throttle holds a page back: its people were paged too often in a short time. */
export const pageHeld = defineEvent(
  "page.held",
  { to: z.string(), people: z.array(z.string()), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Not paged: ${data.people.join(", ")}, woken too often lately (${data.reason})`,
    kinds: ["pages"],
    feed: "🤐",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const pagerNoted = defineEvent(
  "pager.told",
  { text: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => data.text,
    kinds: ["pages"],
    feed: "📟",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

/** There was activity: the acknowledgement holds until then. */
export const acknowledgementExtended = defineEvent(
  "acknowledgement.extended",
  { until: instant },
  {
    evolve: (before, { data }) => ({ ...before, ackUntil: data.until }),
    effects: noConsequences,
    timers: (after) => acknowledgementTimer(after),
    describe: ({ data }) => `Somebody was heard from: the acknowledgement holds until ${formatUtcTime(data.until)} UTC`,
    kinds: ["pages"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const escalationArmed = defineEvent(
  "escalation.armed",
  { step: z.number(), to: z.string(), due: instant },
  {
    evolve: (before, { data }) => ({ ...before, escalation: { step: data.step, next: { to: data.to, at: data.due } } }),
    effects: noConsequences,
    timers: (_, { data }) => [{ timer: "escalate", at: data.due }],
    describe: ({ data, at }) =>
      `Next: pages ${data.to} at ${formatUtcTime(data.due)} UTC (in ${formatDuration(data.due - at)}) unless somebody acknowledges`,
    kinds: ["pages"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const escalationAdvanced = defineEvent(
  "escalation.advanced",
  { step: z.number(), to: z.string(), reason: z.string() },
  {
    evolve: (before, { data }) => ({ ...before, escalation: { step: data.step, next: null } }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Escalated to ${data.to}: ${data.reason}`,
    kinds: ["pages"],
    feed: "⏫",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: "final",
  },
);

export const escalationExhausted = defineEvent(
  "escalation.exhausted",
  { reason: z.string() },
  {
    evolve: (before) => ({ ...before, escalation: { ...before.escalation, next: null } }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `Nobody is left to page: ${data.reason}`,
    kinds: ["pages"],
    feed: "⚠️",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);
