import { z } from "zod";
import { defineEvent, noConsequences, matterOfTeam } from "#domain/events/event-definition.ts";
import { watchingChannels } from "#domain/events/follow-ups.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";
import { instant } from "#domain/incident/schemas.ts";
import { changeEscalation, escalationKey } from "#domain/incident/team-escalation.ts";

/**
 * An escalation has no one to page: no step has a person, and the pager chooses no one. `due`: when the steps are
 * looked at again; `again`: when this is announced again, absent in what an earlier version stored.
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
      richText`No one to page (${data.reason}): no one is on call${data.team === null ? "" : ` for ${data.team}`} and no step of the escalation has anyone. Looking again at ${localClock(data.due)}`,
    kinds: ["pages"],
    feed: "⚠️",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    // It is announced where all incidents are watched; no one watches a private one.
    waitsFor: ({ data }, incident) => (incident.private ? matterOfTeam(data.team) : null),
    wakesRuns: false,
    undo: null,
  },
);
