import { z } from "zod";
import { defineEffect, typeAndIncident } from "#domain/effects/effect-definition.ts";

// The incident's channel, and its contents.

/** `had`: how many channels the incident has had; one that was archived is not opened again. */
export const openChannel = defineEffect(
  "chat.channel",
  { had: z.number() },
  { lane: "chat", interval: 1_000, shared: false, key: ({ had }, of) => `${of}:channel-${had}` },
);

export const showHeader = defineEffect(
  "chat.header",
  {},
  { lane: "chat", interval: 1_000, shared: false, key: typeAndIncident },
);

export const setTopic = defineEffect(
  "chat.topic",
  {},
  { lane: "chat", interval: 1_000, shared: false, key: typeAndIncident },
);

export const setBookmarks = defineEffect(
  "chat.bookmarks",
  {},
  { lane: "chat", interval: 5_000, shared: false, key: typeAndIncident },
);

export const inviteMembers = defineEffect(
  "chat.members",
  {},
  { lane: "chat", interval: 2_000, shared: false, key: typeAndIncident },
);

export const postFeed = defineEffect(
  "chat.feed",
  {},
  { lane: "chat", interval: 1_000, shared: false, key: typeAndIncident },
);

/** The message in a channel where all incidents are watched. */
export const announceIncident = defineEffect(
  "chat.announce",
  { channel: z.string() },
  { lane: "chat", interval: 2_000, shared: false, key: ({ channel }, of) => `${of}:${channel}` },
);

/** A message is in the timeline or not, depending on its marks. */
export const captureMessage = defineEffect(
  "chat.capture",
  { channel: z.string(), id: z.string(), thread: z.string().nullable() },
  { lane: "chat", interval: 1_000, shared: false, key: ({ channel, id }, of) => `${of}:${channel}:${id}` },
);

/** What Muster keeps in the channel is looked at, and put right. */
export const checkChannel = defineEffect(
  "chat.check",
  {},
  { lane: "chat", interval: 1_000, shared: false, key: typeAndIncident },
);

/**
 * An incident has become private: its former channel is cleared of what can be cleared and archived, and what was relayed
 * becomes a neutral line.
 */
export const hideTraces = defineEffect(
  "chat.hide",
  { channel: z.string().nullable() },
  { lane: "people", interval: null, shared: false, key: (_, of) => of },
);

export const archiveChannel = defineEffect(
  "chat.archive",
  { channel: z.string() },
  { lane: "chat", interval: 1_000, shared: false, key: ({ channel }, of) => `${of}:${channel}` },
);
