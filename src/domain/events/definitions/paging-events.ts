import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  matterOfTeam,
  waitsForNoOne,
  type WaitingMatter,
} from "#domain/events/event-definition.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { confirmationOf, DRY_RUN_ROUTE, failPage } from "#domain/events/page-outcomes.ts";
import { PRIORITIES } from "#domain/values/language.ts";
import { CallSchema } from "#domain/incident/schemas.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";

// Pages: how each is sent, and whether it reached anyone.

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
    /** Those of `people` who get no direct message: they were paged too often without an answer. The pager is asked all the same. */
    held: z.array(z.string()).exactOptional(),
    /** Who calls them by name, and what they write; absent where Muster pages. */
    call: CallSchema.exactOptional(),
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
          people: data.people,
          ...(data.chat === undefined ? {} : { chat: data.chat }),
          ...(data.apart === true ? { apart: true } : {}),
          ...(data.team === undefined ? {} : { team: data.team }),
          ...(data.held === undefined ? {} : { held: data.held }),
          ...(data.call === undefined ? {} : { call: data.call }),
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
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: {
      withdraws: ({ data, evidence }, before) =>
        data.apart === true || before.undo?.command === evidence.command ? data.key : null,
    },
  },
);

export const pageSent = defineEvent(
  "page.sent",
  {
    key: z.string(),
    to: z.string(),
    via: z.string(),
    /** Who called them, and with which words. */
    call: CallSchema.exactOptional(),
  },
  {
    evolve: (before, { data, at }) => ({
      ...before,
      pages: before.pages.map((page) =>
        page.key === data.key
          ? { ...page, via: data.via, sentAt: at, status: page.status === "requested" ? "sent" : page.status }
          : page,
      ),
    }),
    effects: (_, { data }) => [{ type: "page.describe" }, ...confirmationOf(data)],
    timers: noConsequences,
    describe: ({ data }) =>
      data.via === DRY_RUN_ROUTE
        ? `Would have paged ${data.to}: paging is a dry run`
        : data.call === undefined
          ? `Paged ${data.to} via ${data.via}`
          : `${data.call.by.name} paged ${data.to} via ${data.via}${data.call.message === null ? "" : `: ${data.call.message}`}`,
    kinds: ["pages"],
    feed: "📟",
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
    waitsFor: ({ data }, { pages }) => teamOfPage(pages, data.key),
    wakesRuns: false,
    undo: null,
  },
);

export const pageFailed = defineEvent(
  "page.failed",
  { key: z.string(), to: z.string(), reason: z.string() },
  {
    evolve: (before, { data }) => ({ ...before, pages: failPage(before.pages, data.key) }),
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
    waitsFor: ({ data }, { pages }) => ({ asleep: true, ...teamOfPage(pages, data.key) }),
    wakesRuns: false,
    undo: null,
  },
);

/** The throttle holds the direct message of a page back: its people were paged too often in a short time and have not answered. */
export const pageHeld = defineEvent(
  "page.held",
  { to: z.string(), people: z.array(z.string()), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `No direct message to ${data.people.join(", ")}: paged too often without an answer. The pager was asked all the same (${data.reason})`,
    kinds: ["pages"],
    feed: "🤐",
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
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** What waits for the team that a page is of. */
function teamOfPage(pages: Incident["pages"], key: string): WaitingMatter {
  return matterOfTeam(pages.find((page) => page.key === key)?.team);
}
