import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";
import { formatUtcTime } from "#domain/values/instant.ts";

// The review of a postmortem: asked for, passed and closed, with the gaps that people waived.

export const postmortemReviewAsked = defineEvent(
  "postmortem.review_asked",
  { reviewers: z.array(PersonSchema) },
  {
    evolve: (before, { data }) => ({
      ...before,
      postmortem: {
        ...before.postmortem,
        state: "in review",
        reviewers: [...before.postmortem.reviewers, ...data.reviewers],
      },
    }),
    effects: (_, { data, seq }) =>
      data.reviewers.map((to) => ({ type: "chat.direct", to, about: { kind: "review" }, seq })),
    timers: noConsequences,
    describe: ({ data }) =>
      `The postmortem is in review${data.reviewers.length === 0 ? "" : `, to be read by ${data.reviewers.map(({ name }) => name).join(", ")}`}`,
    kinds: ["people"],
    feed: "🔎",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** `version`: of the texts that passed the checklist. */
export const postmortemReviewed = defineEvent(
  "postmortem.reviewed",
  { version: z.string() },
  {
    evolve: (before) => ({ ...before, postmortem: { ...before.postmortem, state: "reviewed", nudgeAt: null } }),
    effects: noConsequences,
    timers: () => [{ timer: "review", at: null }],
    describe: ({ actor }) => `${actor.name} marked the postmortem as reviewed`,
    kinds: ["people"],
    feed: "📗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const postmortemClosed = defineEvent(
  "postmortem.closed",
  {},
  {
    evolve: (before) => ({ ...before, postmortem: { ...before.postmortem, state: "closed", nudgeAt: null } }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ actor }) => `${actor.name} closed the postmortem`,
    kinds: ["people"],
    feed: "📕",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const postmortemGapWaived = defineEvent(
  "postmortem.gap_waived",
  { from: instant, to: instant, reason: z.string() },
  {
    evolve: (before, { data: { from, reason }, actor }) => ({
      ...before,
      postmortem: { ...before.postmortem, waived: [...before.postmortem.waived, { from, reason, by: actor.name }] },
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      `${actor.name} waived the gap from ${formatUtcTime(data.from)} to ${formatUtcTime(data.to)} UTC: ${data.reason}`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
