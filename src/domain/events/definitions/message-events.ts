import { distinctName } from "#domain/values/access/reserved-name.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  type KeptMessage,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { MessageSchema } from "#domain/incident/schemas.ts";
import { changeMarks } from "#domain/events/state-changes.ts";

// The messages of the incident's channel that people keep.

type MessageEvent = { readonly data: { readonly channel: string; readonly id: string } };

function messageKey({ data: { channel, id } }: MessageEvent): string {
  return `${channel}:${id}`;
}

/** The line with another text, as long as there is one. */
function changeText({ line, markedBy }: KeptMessage, change: (text: string) => string): KeptMessage {
  if (line === null) return { line, markedBy };
  const message = { ...line.data.message, text: change(line.data.message.text) };
  return { line: { ...line, data: { ...line.data, message } }, markedBy };
}

export const messageMarked = defineEvent(
  "message.marked",
  { channel: z.string(), id: z.string(), thread: z.string().nullable() },
  {
    evolve: (before, { data, actor }) =>
      changeMarks(before, data, (by) => [...by.filter((id) => !isSamePerson(null, { id }, actor)), actor.id]),
    effects: (_, { data: { channel, id, thread } }) => [{ type: "chat.capture", channel, id, thread }],
    timers: noConsequences,
    describe: ({ actor }) => `${actor.name} marked a message for the timeline`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: {
      message: messageKey,
      keep: ({ line, markedBy }, { actor }) => ({
        line,
        markedBy: [...markedBy.filter((id) => !isSamePerson(null, { id }, actor)), actor.id],
      }),
    },
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const messageUnmarked = defineEvent(
  "message.unmarked",
  { channel: z.string(), id: z.string() },
  {
    evolve: (before, { data, actor }) =>
      changeMarks(before, data, (by) => by.filter((id) => !isSamePerson(null, { id }, actor))),
    effects: (_, { data: { channel, id } }) => [{ type: "chat.capture", channel, id, thread: null }],
    timers: noConsequences,
    describe: ({ actor }) => `${actor.name} took their mark off a message`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: {
      message: messageKey,
      keep: ({ line, markedBy }, { actor }) => {
        const others = markedBy.filter((id) => !isSamePerson(null, { id }, actor));
        return { line: others.length === 0 ? null : line, markedBy: others };
      },
    },
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const messageCaptured = defineEvent(
  "message.captured",
  { channel: z.string(), message: MessageSchema },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data: { message } }) =>
      `${distinctName(message.author)}: ${message.text}${message.files.length === 0 ? "" : ` [${message.files.map(({ name }) => name).join(", ")}]`}`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: {
      message: ({ data: { channel, message } }) => `${channel}:${message.id}`,
      // It stands at the time it was written, as its author's, and links to where.
      keep: ({ markedBy }, event) => {
        const { at, permalink, author } = event.data.message;
        const evidence = { ...event.evidence, permalink: permalink ?? event.evidence.permalink };
        return {
          line: { ...event, at, evidence, actor: { kind: "person", ...author, name: distinctName(author) } },
          markedBy,
        };
      },
    },
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const messageEdited = defineEvent(
  "message.edited",
  { channel: z.string(), id: z.string(), text: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `A message of the timeline was edited: ${data.text}`,
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: { message: messageKey, keep: (before, { data }) => changeText(before, () => data.text) },
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const messageDeleted = defineEvent(
  "message.deleted",
  { channel: z.string(), id: z.string() },
  {
    evolve: (before, { data }) => changeMarks(before, data, () => []),
    effects: noConsequences,
    timers: noConsequences,
    describe: () => "A message of the timeline was deleted",
    kinds: ["people", "notes"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: {
      message: messageKey,
      keep: (before) => changeText(before, (text) => `${text} (deleted since)`),
    },
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
