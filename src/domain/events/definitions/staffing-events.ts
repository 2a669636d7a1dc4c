import { z } from "zod";
import { defineEvent, noConsequences } from "#domain/events/event-definition.ts";
import { watchingChannels } from "#domain/events/follow-ups.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { instant } from "#domain/incident/schemas.ts";
import { changeEscalation, escalationKey } from "#domain/incident/team-escalation.ts";

/**
 * An escalation has no one to page: no step has a person, and the pager chooses no one. `due`: when it is looked again;
 * `again`: when that is said again, absent in what an earlier version stored.
 */
export const escalationUnstaffed = defineEvent(
  "escalation.unstaffed",
  { reason: z.string(), team: z.string().nullable(), due: instant, again: instant.exactOptional() },
  {
    evolve: (before, { data }) =>
      changeEscalation(before, escalationKey(before, data.team), (escalation) => ({
        ...escalation,
        unstaffed: { times: (escalation.unstaffed?.times ?? 0) + 1, until: data.again ?? data.due },
      })),
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
