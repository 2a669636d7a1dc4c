import { z } from "zod";
import { describeInterruption } from "#domain/values/interruption.ts";
import { richText } from "#domain/values/rich-text.ts";
import { announceArrangement, defineArrangement } from "./arrangement-definition.ts";

/**
 * Muster did not run for a while, or the clock that it follows was set: announced once where incidents are announced.
 */
export const reportInterruptionArrangement = defineArrangement(
  "interruption.announced",
  { kind: z.enum(["pause", "step"]), from: z.number(), until: z.number() },
  {
    decide: (command, id, ctx) => ({
      ok: true,
      text: null,
      number: null,
      changes: [],
      effects: announceArrangement(command, id, ctx, [ctx.policy.channels.incidents]),
    }),
    announce: (command) =>
      command.kind === "pause"
        ? richText`⏸️ ${describeInterruption(command)}. What was sent meanwhile is handled as it comes; alerts that fired and resolved in between may be missing.`
        : richText`⏱️ ${describeInterruption(command)}. Deadlines that it moved are set again.`,
  },
);
