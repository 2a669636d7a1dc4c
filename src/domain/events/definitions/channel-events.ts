import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  waitsForHolder,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { refreshEffects, watchingChannels } from "#domain/events/follow-ups.ts";
import { PersonSchema, ChannelSchema } from "#domain/incident/schemas.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { isOpen } from "#domain/values/language.ts";
import { isSamePerson } from "#domain/policy/people.ts";

// The incident's channel, and who is in it.

/** ms after an incident was opened: who joins before reads all there is on its card. */
const BRIEFED_AFTER_MS = 2 * MINUTE_MS;

export const channelOpened = defineEvent(
  "channel.opened",
  { channel: ChannelSchema },
  {
    evolve: (before, { data }) => ({
      ...before,
      channel: data.channel,
      channelsOpened: before.channelsOpened + 1,
      channelFailed: false,
      channelLost: false,
      archived: false,
    }),
    effects: (after) => [
      { type: "chat.bookmarks" },
      { type: "chat.members" },
      ...(after.pages.length > 0 ? [{ type: "page.describe" } as const] : []),
      // Resolved while the chat was down: the draft was waiting for its channel.
      ...(after.resolvedAt !== null ? [{ type: "chat.draft", episode: after.episode } as const] : []),
    ],
    timers: noConsequences,
    describe: ({ data }) => `Channel #${data.channel.name} opened`,
    kinds: ["trouble"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const channelFailed = defineEvent(
  "channel.failed",
  { reason: z.string() },
  {
    evolve: (before) => ({ ...before, channelFailed: true }),
    // It shows, but it asks for no other channel: that would fail at once again.
    effects: (after, _, policy) => refreshEffects(after, policy),
    timers: noConsequences,
    describe: ({ data }) => `No channel could be opened: ${data.reason}`,
    kinds: ["trouble"],
    feed: null,
    refreshes: false,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const channelArchived = defineEvent(
  "channel.archived",
  {},
  {
    evolve: (before) => ({ ...before, archived: true }),
    effects: noConsequences,
    timers: noConsequences,
    describe: () => "Channel archived",
    kinds: ["trouble"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const channelRenamed = defineEvent(
  "channel.renamed",
  { name: z.string() },
  {
    evolve: (before, { data }) => ({
      ...before,
      channel: before.channel === null ? null : { ...before.channel, name: data.name },
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The channel is now #${data.name}`,
    kinds: ["trouble"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

/** Someone changed by hand what Muster keeps in the channel, and what was done about it. */
export const channelDrifted = defineEvent(
  "channel.drifted",
  {
    what: z.string(),
    repaired: z.boolean(),
    /** Whether nothing can be posted there; false: posting works again. */
    lost: z.boolean().exactOptional(),
  },
  {
    evolve: (before, { data }) => (data.lost === undefined ? before : { ...before, channelLost: data.lost }),
    effects: // What cannot be repaired in the channel cannot be posted there either.
      (after, { data, seq }, policy) =>
        data.repaired ? [] : watchingChannels(after, policy).map((channel) => ({ type: "chat.relay", channel, seq })),
    timers: noConsequences,
    describe: ({ data }) => data.what,
    kinds: ["trouble"],
    feed: "🔧",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    // It is posted where all incidents are watched; no one watches a private one.
    waitsFor: (_, incident) => (incident.private ? waitsForHolder() : null),
    wakesRuns: false,
    undo: null,
  },
);

export const memberJoined = defineEvent(
  "member.joined",
  { person: PersonSchema },
  {
    evolve: (before, { data }) => ({
      ...before,
      members: before.private
        ? [...before.members.filter((id) => !isSamePerson(null, { id }, data.person)), data.person.id]
        : before.members,
      commanderAway: isSamePerson(null, data.person, before.roles.commander) ? null : before.commanderAway,
    }),
    effects: (after, { data, seq, recordedAt }) =>
      isOpen(after.status) && recordedAt - after.openedAt > BRIEFED_AFTER_MS
        ? [{ type: "chat.briefing", to: data.person, seq }]
        : [],
    timers: noConsequences,
    describe: ({ data }) => `${data.person.name} joined the channel`,
    kinds: ["roles"],
    feed: null,
    refreshes: false,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const memberLeft = defineEvent(
  "member.left",
  { person: PersonSchema },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      members: before.members.filter((id) => !isSamePerson(null, { id }, data.person)),
      // Who left a private incident may not see it any longer.
      subscribers: before.private
        ? before.subscribers.filter((each) => !isSamePerson(null, each, data.person))
        : before.subscribers,
      commanderAway: isSamePerson(null, data.person, before.roles.commander) ? recordedAt : before.commanderAway,
    }),
    effects: (after, { data, seq }) =>
      isSamePerson(null, data.person, after.roles.commander) && isOpen(after.status)
        ? [{ type: "chat.direct", to: data.person, about: { kind: "still-commander" }, seq }]
        : [],
    timers: noConsequences,
    describe: ({ data }) => `${data.person.name} left the channel`,
    kinds: ["roles"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);

export const chatFailed = defineEvent(
  "chat.failed",
  { what: z.string(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) => `The chat refused ${data.what}: ${data.reason}`,
    kinds: ["trouble"],
    feed: null,
    refreshes: false,
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
