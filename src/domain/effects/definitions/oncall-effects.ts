import { z } from "zod";
import { defineEffect } from "#domain/effects/effect-definition.ts";
import { instant } from "#domain/incident/schemas.ts";

// Who is on call, announced in the chat.

/** Posts what someone arranged where it matters. `what`: an arrangement, whose definition gives the text. */
export const postArrangement = defineEffect(
  "chat.arranged",
  { channel: z.string(), command: z.number(), by: z.string(), what: z.looseObject({ type: z.string() }) },
  { lane: "chat", interval: null, shared: true, key: ({ command, channel }, of) => `${of}:${command}:${channel}` },
);

/** Someone's shift has begun. */
export const postShift = defineEffect(
  "chat.shift",
  { channel: z.string(), schedule: z.string(), at: instant },
  {
    lane: "chat",
    interval: null,
    shared: true,
    key: ({ schedule, at, channel }, of) => `${of}:${schedule}:${at}:${channel}`,
  },
);

/** A group of the chat gets the on-call people as its members. */
export const syncUserGroup = defineEffect(
  "chat.group",
  { schedule: z.string() },
  { lane: "chat", interval: 1_000, shared: true, key: ({ schedule }, of) => `${of}:${schedule}` },
);
