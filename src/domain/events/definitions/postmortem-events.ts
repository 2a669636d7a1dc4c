import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import { isInCanvas } from "#domain/events/review-state.ts";
import { noteInBrackets, attributedTo } from "#domain/events/wording.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";
import { formatUtcTime } from "#domain/values/instant.ts";

// The postmortem: asked for, written, reviewed, published.

export const draftPosted = defineEvent(
  "draft.posted",
  { url: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: () => "Postmortem draft posted",
    kinds: ["notes"],
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

/** The texts themselves are kept apart, each with its version. */
export const postmortemWritten = defineEvent(
  "postmortem.written",
  { sections: z.array(z.string()) },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      `${actor.name} wrote into the postmortem: ${data.sections.map((section) => section.replaceAll("_", " ")).join(", ")}`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const postmortemPublished = defineEvent(
  "postmortem.published",
  { where: z.string(), key: z.string(), url: z.string(), note: z.string().exactOptional() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The postmortem is in ${data.where} as ${data.key}${noteInBrackets(data)}`,
    kinds: ["tasks"],
    feed: "📚",
    refreshes: true,
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

export const postmortemUnpublished = defineEvent(
  "postmortem.unpublished",
  { where: z.string(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The postmortem could not be put into ${data.where}: ${data.reason}`,
    kinds: ["tasks", "trouble"],
    feed: "⚠️",
    refreshes: true,
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

/** A postmortem is due; `next`: when its owner is reminded. */
export const postmortemAsked = defineEvent(
  "postmortem.asked",
  { owner: PersonSchema.nullable(), due: z.string(), next: instant.nullable() },
  {
    evolve: (before, { data }) => ({
      ...before,
      postmortem: { ...before.postmortem, owner: data.owner, due: data.due, nudgeAt: data.next },
    }),
    effects: (after, { data, seq }, policy) => [
      ...(data.owner === null
        ? []
        : [{ type: "chat.direct", to: data.owner, about: { kind: "postmortem" }, seq } as const]),
      ...(isInCanvas(after, policy) ? [{ type: "chat.canvas" } as const] : []),
    ],
    timers: (_, { data }) => [{ timer: "review", at: data.next }],
    describe: ({ data }) =>
      `A postmortem is due by ${data.due}, ${data.owner === null ? "and nobody owns it: `postmortem owner @USER`" : `owned by ${data.owner.name}`}`,
    kinds: ["tasks"],
    feed: "📄",
    refreshes: true,
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

export const postmortemOwned = defineEvent(
  "postmortem.owned",
  { owner: PersonSchema },
  {
    evolve: (before, { data }) => ({ ...before, postmortem: { ...before.postmortem, owner: data.owner } }),
    effects: (_, { data, actor, seq }) =>
      data.owner.id === actor.id ? [] : [{ type: "chat.direct", to: data.owner, about: { kind: "postmortem" }, seq }],
    timers: noConsequences,
    describe: ({ data, actor }) => `${data.owner.name} owns the postmortem${attributedTo(actor, data.owner)}`,
    kinds: ["people", "tasks"],
    feed: "📄",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);

export const postmortemNudged = defineEvent(
  "postmortem.nudged",
  {
    owner: PersonSchema.nullable(),
    due: z.string(),
    overdue: z.boolean(),
    reminder: z.number(),
    next: instant.nullable(),
  },
  {
    evolve: (before, { data }) => ({
      ...before,
      postmortem: { ...before.postmortem, nudges: data.reminder, nudgeAt: data.next },
    }),
    effects: (_, { data, seq }) =>
      data.owner === null ? [] : [{ type: "chat.direct", to: data.owner, about: { kind: "postmortem" }, seq }],
    timers: (_, { data }) => [{ timer: "review", at: data.next }],
    describe: ({ data }) =>
      `The postmortem ${data.overdue ? "was" : "is"} due by ${data.due}: ${data.owner === null ? "nobody owns it" : `${data.owner.name} was reminded`}`,
    kinds: ["tasks"],
    feed: "⏰",
    refreshes: true,
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
    describe: ({ actor }) => `The postmortem is reviewed, says ${actor.name}`,
    kinds: ["people"],
    feed: "📗",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
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
    describe: ({ actor }) => `The postmortem is closed, says ${actor.name}`,
    kinds: ["people"],
    feed: "📕",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: true,
    updateSla: null,
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
    wakesRuns: false,
    undo: null,
  },
);
