import { z } from "zod";
import {
  defineEvent,
  unchangedState,
  noConsequences,
  waitsForHolder,
  waitsForNoOne,
} from "#domain/events/event-definition.ts";
import { commandTimer } from "#domain/events/follow-ups.ts";
import { isOwn } from "#domain/events/wording.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";
import { partsOfRole } from "#domain/incident/restorable-parts.ts";
import { PersonSchema, instant } from "#domain/incident/schemas.ts";
import { localClock, richText } from "#domain/values/rich-text.ts";
import { ROLE_TITLES, ROLES } from "#domain/values/language.ts";

// Who has which part.

/** The message of an offer that has ended is brought up to date; `offer` is absent where there was none. */
function endedOffer(offer: number | undefined, seq: number): readonly Effect[] {
  return offer === undefined ? [] : [{ type: "chat.handoff_end", offer, seq }];
}

export const roleAssigned = defineEvent(
  "role.assigned",
  {
    role: z.enum(ROLES),
    person: PersonSchema.nullable(),
    /** The event with which command was offered, which ends the offer. */
    offer: z.number().exactOptional(),
  },
  {
    evolve: (before, { data: { role, person }, at }) => ({
      ...before,
      roles: { ...before.roles, [role]: person },
      rolesSince: { ...before.rolesSince, [role]: person === null ? null : at },
      ...(role === "commander" ? { handoff: null, commandReminders: 0, commanderAway: null } : {}),
    }),
    effects: (_, { data: { role, person, offer }, seq }) => [
      ...(person === null ? [] : [{ type: "chat.direct", to: person, about: { kind: "role", role }, seq } as const]),
      ...endedOffer(offer, seq),
    ],
    timers: (after, event) => (event.data.role === "commander" ? [commandTimer(event, after)] : []),
    describe: ({ data: { role, person }, actor }) =>
      person === null
        ? `${actor.name} cleared the role ${ROLE_TITLES[role]}`
        : isOwn(person, actor)
          ? `${person.name} is ${ROLE_TITLES[role]}`
          : `${actor.name} made ${person.name} ${ROLE_TITLES[role]}`,
    kinds: ["people", "roles"],
    feed: "🧭",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "answered",
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => partsOfRole(data.role), milestone: null },
  },
);

export const handoffOffered = defineEvent(
  "handoff.offered",
  { to: PersonSchema },
  {
    evolve: (before, { data, actor, at, seq }) => ({
      ...before,
      handoff: { to: data.to, from: before.roles.commander ?? { id: actor.id, name: actor.name }, at, seq },
    }),
    effects: (_, { data, seq }) => [
      { type: "chat.handoff", seq },
      { type: "chat.direct", to: data.to, about: { kind: "handoff" }, seq },
    ],
    timers: noConsequences,
    describe: ({ data, actor }) => `${actor.name} offers command to ${data.to.name}, and has it until they take it`,
    kinds: ["people", "roles"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: (_, { handoff }) => ({ people: handoff === null ? [] : [handoff.to] }),
    wakesRuns: false,
    undo: { restores: () => ["handoff"], milestone: null },
  },
);

export const handoffEnded = defineEvent(
  "handoff.ended",
  { to: PersonSchema, how: z.enum(["declined", "withdrawn"]), offer: z.number().exactOptional() },
  {
    evolve: (before) => ({ ...before, handoff: null }),
    effects: (_, { data, seq }) => endedOffer(data.offer, seq),
    timers: noConsequences,
    describe: ({ data }) =>
      data.how === "declined"
        ? `${data.to.name} did not take command`
        : `The offer of command to ${data.to.name} was withdrawn`,
    kinds: ["people", "roles"],
    feed: "🤝",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => ["handoff"], milestone: null },
  },
);

/** Someone holds the pager but no one has command; `reminder` counts from 1. */
export const commandMissing = defineEvent(
  "command.missing",
  { reminder: z.number(), next: instant.nullable() },
  {
    evolve: (before, { data }) => ({ ...before, commandReminders: data.reminder }),
    effects: ({ acknowledgedBy }, { seq }) =>
      acknowledgedBy === null
        ? []
        : [{ type: "chat.direct", to: acknowledgedBy, about: { kind: "command-missing" }, seq }],
    timers: (_, { data }) => [{ timer: "command", at: data.next }],
    describe: ({ data }) =>
      richText`${data.reminder > 1 ? "Still no one" : "No one"} has command: take it with the button or \`ic\`${data.next === null ? "" : richText`, or the next step is paged at ${localClock(data.next)}`}`,
    kinds: ["pages"],
    feed: "🧭",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForHolder,
    wakesRuns: false,
    undo: null,
  },
);

/** A verb was refused: it was not allowed, or the refusal shows a conflict between people. Kept for the audit. */
export const commandRefused = defineEvent(
  "command.refused",
  { command: z.string(), reason: z.string() },
  {
    evolve: unchangedState,
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) => `${actor.name} was refused: ${data.reason}`,
    kinds: ["pages", "trouble"],
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
