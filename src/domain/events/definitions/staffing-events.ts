import { z } from "zod";
import { defineEvent, noConsequences, unchangedState } from "#domain/events/event-definition.ts";
import { watchingChannels } from "#domain/events/follow-ups.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { instant } from "#domain/incident/schemas.ts";

/** An escalation has no one to page: no step has a person, and the pager chooses no one. `due`: when it is looked again. */
export const escalationUnstaffed = defineEvent(
  "escalation.unstaffed",
  { reason: z.string(), team: z.string().nullable(), due: instant },
  {
    evolve: unchangedState,
    // People who watch all incidents are the only ones left who can act.
    effects: (after, { seq }, policy) =>
      watchingChannels(after, policy).map((channel) => ({ type: "chat.relay", channel, seq })),
    timers: noConsequences,
    describe: ({ data }) =>
      `No one to page (${data.reason}): no one is on call${data.team === null ? "" : ` for ${data.team}`} and no step of the escalation has anyone. Looking again at ${formatUtcTime(data.due)} UTC`,
    kinds: ["pages"],
    feed: "⚠️",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);
