import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  waitsForHolder,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { isInCanvas } from "#domain/events/review-state.ts";
import { noteInBrackets, isOwn } from "#domain/events/wording.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";

// The postmortem: drafted, written, published, and who owes it by when. Its review: review-events.ts.

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
    waitsFor: waitsForNoOne,
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
    waitsFor: waitsForNoOne,
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
    waitsFor: waitsForNoOne,
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
    waitsFor: waitsForHolder,
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
      `A postmortem is due by ${data.due}, ${data.owner === null ? "and no one owns it: `postmortem owner @USER`" : `owned by ${data.owner.name}`}`,
    kinds: ["tasks"],
    feed: "📄",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: (_, { postmortem }) => ({ people: postmortem.owner === null ? [] : [postmortem.owner] }),
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
      isOwn(data.owner, actor) ? [] : [{ type: "chat.direct", to: data.owner, about: { kind: "postmortem" }, seq }],
    timers: noConsequences,
    describe: ({ data, actor }) =>
      isOwn(data.owner, actor)
        ? `${data.owner.name} owns the postmortem`
        : `${actor.name} made ${data.owner.name} owner of the postmortem`,
    kinds: ["people", "tasks"],
    feed: "📄",
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
      `The postmortem ${data.overdue ? "was" : "is"} due by ${data.due}: ${data.owner === null ? "no one owns it" : `${data.owner.name} was reminded`}`,
    kinds: ["tasks"],
    feed: "⏰",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: (_, { postmortem }) => ({ people: postmortem.owner === null ? [] : [postmortem.owner] }),
    wakesRuns: false,
    undo: null,
  },
);
