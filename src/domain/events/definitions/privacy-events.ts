import type { Effect } from "#domain/effects/effect-registry.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { defineEvent, noConsequences, waitsForHolder, waitsForNoOne } from "#domain/events/event-definition.ts";
import { isOwn } from "#domain/events/wording.ts";
import { ChannelSchema, PersonSchema } from "#domain/incident/schemas.ts";

// Who may see an incident, and who follows it.

/**
 * An incident that everyone saw is private from now on. It goes on in a channel of its own that only its people are in;
 * `channel`: the one that it had.
 */
export const incidentHidden = defineEvent(
  "incident.made_private",
  { channel: ChannelSchema.nullable() },
  {
    evolve: (before, { recordedAt, actor }) => ({
      ...before,
      private: true,
      hiddenSince: recordedAt,
      // Who hides it must not lose sight of it.
      guests: [...before.guests, { person: { id: actor.id, name: actor.name }, from: null }],
      members: [],
      subscribers: [],
      channel: null,
      channelRequested: true,
      channelFailed: false,
      channelLost: false,
      archived: false,
    }),
    effects: ({ route }, { data }, policy) => [
      { type: "chat.hide", channel: data.channel?.id ?? null },
      ...[...new Set([policy.channels.incidents, route.channel])].flatMap((channel): Effect[] =>
        channel === null ? [] : [{ type: "chat.announce", channel }],
      ),
    ],
    timers: noConsequences,
    describe: ({ data, actor }) =>
      `${actor.name} made it private. Already seen by others, and not taken back: notifications, pages and tickets${data.channel === null ? "" : `, and what was written in #${data.channel.name}, which is archived`}`,
    kinds: ["people"],
    feed: "🔒",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { final: () => "Making an incident private cannot be undone." },
  },
);

/** Someone who may not see the incident asks to. */
export const accessRequested = defineEvent(
  "access.requested",
  { person: PersonSchema },
  {
    evolve: (before) => before,
    effects: ({ roles, acknowledgedBy, declaredBy }, { data: { person }, seq }) => {
      const to = roles.commander ?? acknowledgedBy ?? declaredBy;
      return to === null ? [] : [{ type: "chat.direct", to, about: { kind: "access", person }, seq }];
    },
    timers: noConsequences,
    describe: ({ data: { person } }) => `${person.name} asks for access: \`invite @${person.name}\` lets them in`,
    kinds: ["people"],
    feed: "🔑",
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: false,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForHolder,
    wakesRuns: false,
    undo: null,
  },
);

/** Someone is let into the incident: they respond to it, and are invited to its channel. */
export const accessGranted = defineEvent(
  "access.granted",
  { person: PersonSchema },
  {
    evolve: (before, { data: { person }, recordedAt }) => ({
      ...before,
      guests: [...before.guests, { person, from: null, at: recordedAt }],
    }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data: { person }, actor }) =>
      isOwn(person, actor) ? `${actor.name} joined` : `${actor.name} invited ${person.name}`,
    kinds: ["people"],
    feed: "🔑",
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

const FOLLOWING = {
  effects: noConsequences,
  timers: noConsequences,
  kinds: ["people"],
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
} as const;

/** Someone follows the incident: its updates reach them as direct messages. */
export const subscriberAdded = defineEvent(
  "subscriber.added",
  { person: PersonSchema },
  {
    ...FOLLOWING,
    evolve: (before, { data: { person } }) => ({
      ...before,
      subscribers: [...before.subscribers.filter((each) => !isSamePerson(null, each, person)), person],
    }),
    describe: ({ data }) => `${data.person.name} gets its updates as direct messages`,
  },
);

export const subscriberRemoved = defineEvent(
  "subscriber.removed",
  { person: PersonSchema },
  {
    ...FOLLOWING,
    evolve: (before, { data: { person } }) => ({
      ...before,
      subscribers: before.subscribers.filter((each) => !isSamePerson(null, each, person)),
    }),
    describe: ({ data }) => `${data.person.name} gets no more updates as direct messages`,
  },
);
