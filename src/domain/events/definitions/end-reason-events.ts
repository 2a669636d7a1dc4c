import { z } from "zod";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { addresseeEffects } from "#domain/events/follow-ups.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { PersonSchema } from "#domain/incident/schemas.ts";

// Why someone ended an incident whose alerts fire, when they ended it where no reason can be given.

/** `of` ended it while `firing` alerts fired, and is asked why. */
export const reasonAsked = defineEvent(
  "reason.asked",
  { of: PersonSchema, firing: z.number() },
  {
    evolve: (before, { data }) => ({ ...before, reasonOwedBy: data.of }),
    effects: (after, { data, seq }, policy): Effect[] =>
      addresseeEffects(after, data.of, { kind: "reason" }, seq, policy),
    timers: noConsequences,
    describe: ({ data }) =>
      `${data.of.name} is asked why it ended: ${countedNoun(data.firing, "alert")} still ${data.firing === 1 ? "fires" : "fire"}`,
    kinds: ["people"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const reasonGiven = defineEvent(
  "reason.given",
  { reason: z.string() },
  {
    evolve: (before) => ({ ...before, reasonOwedBy: null }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) => `${actor.name} said why it ended: ${data.reason}`,
    kinds: ["people"],
    feed: "📝",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
