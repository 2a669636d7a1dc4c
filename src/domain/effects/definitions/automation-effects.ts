import { z } from "zod";
import { defineEffect } from "#domain/effects/effect-definition.ts";
import { instant, PersonSchema } from "#domain/incident/schemas.ts";

/** How a runbook at work is getting on, in one message that changes. */
export const showRun = defineEffect(
  "chat.run",
  { run: z.number() },
  { lane: "chat", interval: 1_000, shared: false, key: ({ run }, of) => `${of}:${run}` },
);

/** A run of no incident that waits for people, in the channel of all incidents. */
export const showStandaloneRun = defineEffect(
  "chat.standalone",
  { run: z.number() },
  { lane: "people", interval: 1_000, shared: true, key: ({ run }, of) => `${of}:${run}` },
);

/** Those who may approve what a run asks for get it as a direct message, which shows what was decided. */
export const askApprovers = defineEffect(
  "chat.approvals",
  { run: z.number() },
  { lane: "people", interval: 1_000, shared: false, key: ({ run }, of) => `${of}:${run}` },
);

/** Someone put off an approval until `at` (ms UTC): they are reminded, if `hash` still waits for one then. */
export const remindApprover = defineEffect(
  "chat.reminder",
  { run: z.number(), to: PersonSchema, hash: z.string(), at: instant },
  { lane: "people", interval: null, shared: false, key: ({ run, to, at }, of) => `${of}:${run}:${to.id}:${at}` },
);
