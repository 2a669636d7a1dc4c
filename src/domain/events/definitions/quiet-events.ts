import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { countedNoun } from "#domain/events/wording.ts";
import { instant, PersonSchema } from "#domain/incident/schemas.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";

// What Muster waits for by itself: that nothing fires for a while, or whether something still does.

export const quietBegan = defineEvent(
  "quiet.began",
  { until: instant },
  {
    evolve: (before, { data }) => ({ ...before, quietUntil: data.until }),
    effects: noConsequences,
    timers: (_, { data }) => [{ timer: "quiet", at: data.until }],
    describe: ({ data }) =>
      richText`All alerts resolved. Auto-resolves at ${localClock(data.until)} unless one fires again`,
    kinds: ["alerts"],
    feed: "🤫",
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const quietEnded = defineEvent(
  "quiet.ended",
  {},
  {
    evolve: (before) => ({ ...before, quietUntil: null }),
    effects: noConsequences,
    timers: () => [{ timer: "quiet", at: null }],
    describe: () => "Alerts fire again: auto-resolve is canceled",
    kinds: ["alerts"],
    feed: "🔔",
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/**
 * `firing` alerts fire that no one answers for: at `due` Muster looks whether they still do. `by`: who ended the incident
 * nonetheless; null when old news re-opened it. `since`: of an earlier re-check that this one goes on with.
 */
export const recheckArmed = defineEvent(
  "recheck.armed",
  { due: instant, firing: z.number(), by: PersonSchema.nullable(), since: instant.exactOptional() },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      recheck: { at: data.due, since: data.since ?? recordedAt, by: data.by },
    }),
    effects: noConsequences,
    timers: (_, { data }) => [{ timer: "recheck", at: data.due }],
    describe: ({ data }) =>
      richText`${countedNoun(data.firing, "alert")} still ${data.firing === 1 ? "fires" : "fire"}. Checked again at ${localClock(data.due)}`,
    kinds: ["alerts"],
    // The card shows it as long as it holds.
    feed: null,
    refreshes: true,
    logged: true,
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
