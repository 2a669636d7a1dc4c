import { z } from "zod";
import { defineEffect } from "#domain/effects/effect-definition.ts";

// Summaries of many incidents.

/** Incidents without a channel of their own, announced in a team's channel. */
export const postNotices = defineEffect(
  "chat.notices",
  { channel: z.string() },
  { lane: "chat", interval: 1_500, shared: true, key: ({ channel }, of) => `${of}:${channel}` },
);

export const postDigest = defineEffect(
  "chat.digest",
  { channel: z.string(), day: z.string() },
  { lane: "chat", interval: null, shared: true, key: ({ channel, day }, of) => `${of}:${channel}:${day}` },
);

/** The figures of the seven days before this one's hour. */
export const postWeek = defineEffect(
  "chat.week",
  { channel: z.string(), day: z.string() },
  { lane: "chat", interval: null, shared: true, key: ({ channel, day }, of) => `${of}:${channel}:${day}` },
);
