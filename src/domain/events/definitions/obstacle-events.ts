import { z } from "zod";
import { defineEvent, noConsequences, unchangedState, waitsForNoOne } from "#domain/events/event-definition.ts";
import { updateTimer } from "#domain/events/follow-ups.ts";
import { updatesAfterStep } from "#domain/events/update-sla.ts";
import { describeInterruption } from "#domain/values/interruption.ts";

/** While the incident was open Muster did not run for a while, or the clock by which it goes was set. */
export const watchInterrupted = defineEvent(
  "watch.interrupted",
  { kind: z.enum(["pause", "step"]), from: z.number(), until: z.number() },
  {
    evolve: (before, { data, recordedAt }) =>
      data.kind === "step" ? { ...before, updates: updatesAfterStep(before, data, recordedAt) } : before,
    effects: noConsequences,
    timers: (after, { data }) => (data.kind === "step" ? [updateTimer(after)] : []),
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
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

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
