import { z } from "zod";
import { defineEffect, typeAndIncident } from "#domain/effects/effect-definition.ts";
import { MessageTopic } from "#domain/effects/message-topic.ts";
import type { ReplyTo } from "#domain/incident/reply-to.ts";
import { PersonSchema } from "#domain/incident/schemas.ts";

// Messages for people who respond.

const Reply: z.ZodType<ReplyTo> = z.object({
  channel: z.string().nullable(),
  user: z.string(),
  url: z.string().nullable().exactOptional(),
  thread: z.string().exactOptional(),
});

/** The answer to a command, for its author. */
export const answerCommand = defineEffect(
  "chat.whisper",
  { to: Reply, text: z.string(), command: z.string() },
  { lane: "chat", interval: null, shared: false, key: ({ command }, of) => `${of}:${command}` },
);

/** A direct message to one person, about event `seq`. */
export const sendDirectMessage = defineEffect(
  "chat.direct",
  { to: PersonSchema, about: MessageTopic, seq: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ seq, to }, of) => `${of}:${seq}:${to.id}` },
);

/** The direct messages of pages show what became of each page. */
export const showPages = defineEffect(
  "chat.pages",
  {},
  { lane: "people", interval: 1_000, shared: false, key: typeAndIncident },
);

/** Where the incident stands, for the person alone who joined its channel by event `seq`. */
export const briefMember = defineEffect(
  "chat.briefing",
  { to: PersonSchema, seq: z.number() },
  { lane: "people", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** What waits for a person since event `seq`, in an incident without a channel. */
export const callPeople = defineEffect(
  "chat.call",
  { seq: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** An update, posted where incidents are watched. */
export const relayUpdate = defineEffect(
  "chat.relay",
  { channel: z.string(), seq: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ seq, channel }, of) => `${of}:${seq}:${channel}` },
);

/** What was relayed of event `seq` has been undone: it is struck out where it stands. */
export const retractRelay = defineEffect(
  "chat.retract",
  { channel: z.string(), seq: z.number() },
  { lane: "people", interval: null, shared: false, key: ({ seq, channel }, of) => `${of}:${seq}:${channel}` },
);

/** Command is offered: a summary of the state for the next commander. */
export const sendHandoff = defineEffect(
  "chat.handoff",
  { seq: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ seq }, of) => `${of}:${seq}` },
);

/** The offer of event `offer` ended with event `seq`: its message asks no one any longer. */
export const closeHandoff = defineEffect(
  "chat.handoff_end",
  { offer: z.number(), seq: z.number() },
  { lane: "people", interval: null, shared: false, key: ({ offer }, of) => `${of}:${offer}` },
);

/** Where a merged incident goes on. */
export const postMergeNotice = defineEffect(
  "chat.pointer",
  { into: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ into: targetNumber }, of) => `${of}:${targetNumber}` },
);
