import { z } from "zod";
import { defineEvent, noConsequences, unchangedState, waitsForNoOne } from "#domain/events/event-definition.ts";

/** A runbook is for an alert that fires, and no run of it begins; `why` has the reason. */
export const runbookUnavailable = defineEvent(
  "runbook.unavailable",
  { runbook: z.string(), why: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `${data.runbook} is for this alert and cannot run: ${data.why}`,
    kinds: ["runs"],
    feed: "📓",
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
