import { z } from "zod";
import { defineEffect, typeAndIncident } from "#domain/effects/effect-definition.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";

// The postmortem, at each place where it is read.

/** The draft, as a file in the channel. */
export const postDraft = defineEffect(
  "chat.draft",
  { episode: z.number() },
  { lane: "chat", interval: null, shared: false, key: ({ episode }, of) => `${of}:${episode}` },
);

/** The postmortem in the channel's canvas. */
export const updateCanvas = defineEffect(
  "chat.canvas",
  {},
  { lane: "chat", interval: MINUTE_MS, shared: false, key: typeAndIncident },
);

/** The postmortem, where documents are kept. */
export const proposePostmortem = defineEffect(
  "ticket.postmortem",
  {},
  { lane: "ticket", interval: MINUTE_MS, shared: false, key: typeAndIncident },
);
