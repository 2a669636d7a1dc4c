import { z } from "zod";
import { defineEvent, noConsequences } from "#domain/events/event-definition.ts";
import { describeInterruption } from "#domain/values/interruption.ts";

/** While the incident was open Muster did not run for a while, or the clock by which it goes was set. */
export const watchInterrupted = defineEvent(
  "watch.interrupted",
  { kind: z.enum(["pause", "step"]), from: z.number(), until: z.number() },
  {
    evolve: (before) => before,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => describeInterruption(data),
    kinds: ["trouble"],
    feed: "⏸️",
    refreshes: false,
    logged: true,
    inReply: false,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);
