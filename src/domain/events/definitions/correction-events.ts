import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { someSummaries } from "#domain/events/wording.ts";
import { closeTicketEffects, rewoundTimers, watchingChannels } from "#domain/events/follow-ups.ts";
import { completeEscalation } from "#domain/incident/escalation-state.ts";
import { AlertSnapshots, instant } from "#domain/incident/schemas.ts";
import { applyUpdateSla } from "#domain/events/update-sla.ts";
import { CORRECTED_FIELDS, endRecheckWhenQuiet, reopenPages } from "#domain/events/state-changes.ts";
import { type RestorableFields } from "#domain/incident/incident.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { localTime, richText } from "#domain/values/rich-text.ts";
import { isOpen, STATUSES, ROLES, MILESTONES } from "#domain/values/language.ts";
import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";
import type { Effect } from "#domain/effects/effect-registry.ts";

// What is written down is put right.

export const titleChanged = defineEvent(
  "title.changed",
  { from: z.string(), to: z.string() },
  {
    evolve: (before, { data }) => ({ ...before, title: data.to }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) => `Title changed by ${actor.name}: ${data.to}`,
    kinds: ["people"],
    feed: "✏️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => ["title"], milestone: null },
  },
);

/** A person's last verb was undone: what it had changed is as before, and what it wrote is struck out. */
export const verbUndone = defineEvent(
  "verb.undone",
  {
    what: z.string(),
    was: z.enum(STATUSES),
    /** Roles that someone has again. */
    regained: z.array(z.enum(ROLES)).exactOptional(),
    restore: z.custom<Partial<RestorableFields>>(),
    strikes: z.array(z.number()),
    withdraws: z.array(z.string()),
    /** Pages that the verb had answered, and that wait for an answer again. */
    answers: z.array(z.string()).exactOptional(),
    /** The command that is undone. */
    undone: z.string().exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { data } = event;
      const after = endRecheckWhenQuiet({
        ...before,
        ...(data.restore.mergedInto === null ? { beforeMerge: null } : {}),
        ...data.restore,
        // What an earlier version wrote down has less of it.
        ...(data.restore.escalation === undefined ? {} : { escalation: completeEscalation(data.restore.escalation) }),
        pages: reopenPages(before, data, event),
      });
      const { updates, plan, status } = data.restore;
      // Updates that were written since stay, and what is owed next goes by what holds again.
      return updates === undefined && (plan !== undefined || status !== undefined)
        ? applyUpdateSla(before, after, event, "moves")
        : after;
    },
    effects: (after, event, policy) => [
      // What was relayed elsewhere must not stand there.
      ...event.data.strikes.flatMap((seq) =>
        [...watchingChannels(after, policy), ...after.subscribers.map(({ id }) => id)].map((channel): Effect => ({
          type: "chat.retract",
          channel,
          seq,
        })),
      ),
      ...event.data.withdraws.map((key): Effect => ({ type: "page.withdraw", key })),
      ...(event.data.regained ?? []).flatMap((role): Effect[] => {
        const person = after.roles[role];
        return person === null
          ? []
          : [{ type: "chat.direct", to: person, about: { kind: "role", role }, seq: event.seq }];
      }),
      // An undone end is a reopening, and announced as one.
      ...(isOpen(event.data.was) && !isOpen(after.status) ? closeTicketEffects(event, after) : []),
      ...(after.status === "closed" && after.channel !== null && !after.archived
        ? [{ type: "chat.archive", channel: after.channel.id } as const]
        : []),
    ],
    timers: (after, event, policy) => rewoundTimers(event, after, policy),
    describe: ({ data, actor }) => `${actor.name} undid: ${data.what}`,
    kinds: ["people"],
    feed: "↩️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: "undoes",
  },
);

/** `from`: what was written down before; null when nothing was. */
export const milestoneCorrected = defineEvent(
  "milestone.corrected",
  { milestone: z.enum(MILESTONES), from: instant.nullable(), to: instant },
  {
    evolve: (before, { data: { milestone, to } }) => {
      // No mitigation was recorded: the resolution stands for it, and still does.
      const also = milestone === "resolved" && before.mitigatedAt === before.resolvedAt ? { mitigatedAt: to } : {};
      const answer = milestone === "acknowledged" ? { answerCorrectedTo: to } : {};
      return { ...before, ...also, ...answer, [MILESTONE_FIELDS[milestone]]: to };
    },
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data, actor }) =>
      richText`${actor.name} corrected when it ${data.milestone === "began" ? "began" : `was ${data.milestone}`}: ${localTime(data.to)}${data.from === null ? "" : richText`, not ${localTime(data.from)}`}`,
    kinds: ["people"],
    feed: "✏️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: ({ data }) => CORRECTED_FIELDS[data.milestone], milestone: null, strikes: true },
  },
);

/** The source reports an earlier start of an alert than any before: the incident began then. */
export const incidentBackdated = defineEvent(
  "incident.backdated",
  { from: instant, to: instant, alerts: AlertSnapshots },
  {
    evolve: (before, { data }) => ({ ...before, detectedAt: Math.min(before.detectedAt, data.to) }),
    effects: noConsequences,
    timers: noConsequences,
    describe: ({ data }) =>
      `Began at ${formatUtc(data.to)} and not at ${formatUtc(data.from)}: the source reports an earlier start of ${someSummaries(data.alerts)}`,
    kinds: ["alerts"],
    feed: null,
    refreshes: true,
    logged: false,
    inReply: false,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: true,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: null,
  },
);
