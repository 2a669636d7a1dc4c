import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import { refreshEffects, watchingChannels } from "#domain/events/follow-ups.ts";
import { PersonSchema, ChannelSchema } from "#domain/incident/schemas.ts";
import { isOpen } from "#domain/values/language.ts";

// The incident's channel, and who is in it.

export const channelOpened = defineEvent(
  "channel.opened",
  { channel: ChannelSchema },
  {
    evolve: (before, { data }) => ({
      ...before,
      channel: data.channel,
      channelsOpened: before.channelsOpened + 1,
      channelFailed: false,
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
    wakesRuns: false,
    undo: null,
  },
);

/** Someone changed by hand what Muster keeps in the channel, and what was done about it. */
export const channelDrifted = defineEvent(
  "channel.drifted",
  { what: z.string(), repaired: z.boolean() },
  {
    evolve: unchangedState,
    effects: // What cannot be put right in the channel cannot be said there either.
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
    wakesRuns: false,
    undo: null,
  },
);

export const memberJoined = defineEvent(
  "member.joined",
  { person: PersonSchema },
  {
    evolve: (before, { data }) =>
      data.person.id === before.roles.commander?.id ? { ...before, commanderAway: null } : before,
    effects: noConsequences,
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
    wakesRuns: false,
    undo: null,
  },
);

export const memberLeft = defineEvent(
  "member.left",
  { person: PersonSchema },
  {
    evolve: (before, { data, recordedAt }) =>
      data.person.id === before.roles.commander?.id ? { ...before, commanderAway: recordedAt } : before,
    effects: (after, { data, seq }) =>
      data.person.id === after.roles.commander?.id && isOpen(after.status)
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
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    wakesRuns: false,
    undo: null,
  },
);
