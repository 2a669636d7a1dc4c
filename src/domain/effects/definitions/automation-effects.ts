import { z } from "zod";
import { defineEffect } from "#domain/effects/effect-definition.ts";

/** How a runbook at work is getting on, in one message that changes. */
export const showRun = defineEffect(
  "chat.run",
  { run: z.number() },
  { lane: "chat", interval: 1_000, shared: false, key: ({ run }, of) => `${of}:${run}` },
);
