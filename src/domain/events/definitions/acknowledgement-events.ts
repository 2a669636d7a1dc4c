import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import {
  exceptAlarm,
  updateTimer,
  acknowledgementTimer,
  acknowledgeEffects,
  commandTimer,
  escalationTimer,
} from "#domain/events/follow-ups.ts";
import { answerBy, answerPages, expirePages, openOwnPages } from "#domain/events/state-changes.ts";
import { answeredWhere } from "#domain/events/wording.ts";
import { answeredEscalation, changeEscalation } from "#domain/incident/team-escalation.ts";

// Someone has an incident, or hands it back. Answers to single pages are in page-answer-events.ts.

export const incidentAcknowledged = defineEvent(
  "incident.acknowledged",
  {
    /** The alarm it came from, which needs no notification. */
    alarm: z.string().exactOptional(),
    /** Keys of the pages that are answered with it; absent in what an earlier version stored. */
    pages: z.array(z.string()).exactOptional(),
    /** For which other team it was: the incident's own has not answered with it. */
    team: z.string().exactOptional(),
  },
  {
    evolve: (before, event) => {
      const { data, at, actor } = event;
      const keys = data.pages ?? openOwnPages(before).map(({ key }) => key);
      const answered = answerBy(before, event, before.pages.find(({ key }) => keys.includes(key))?.key ?? null);
      return {
        ...changeEscalation(before, data.team ?? null, (escalation) => answeredEscalation(escalation, answered)),
        status: before.status === "triggered" ? "acknowledged" : before.status,
        acknowledgedAt: before.acknowledgedAt ?? at,
        acknowledgedBy: before.acknowledgedBy ?? { id: actor.id, name: actor.name },
        pages: answerPages(before, keys, event),
      };
    },
    effects: (after, { data }) =>
      data.pages !== undefined
        ? acknowledgeEffects(after, data.pages, data)
        : after.pages.length > 0
          ? [{ type: "page.acknowledge", episode: after.episode, ...exceptAlarm(data) }]
          : [],
    timers: (after, event) => [
      escalationTimer(after),
      { timer: "ticket", at: null },
      updateTimer(after),
      commandTimer(event, after),
      ...acknowledgementTimer(after),
    ],
    describe: ({ actor, data }) => `Acknowledged by ${actor.name}${answeredWhere(data)}`,
    kinds: ["people"],
    feed: "👀",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "answered",
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: {
      restores: () => ["status", "acknowledgedAt", "acknowledgedBy", "updates", "escalation", "teamEscalations"],
      milestone: "acknowledged",
      answers: ({ data }) => data.pages ?? [],
    },
  },
);

/** The acknowledgement expired, or its owner handed it back: the escalation runs again. */
export const incidentUnacknowledged = defineEvent(
  "incident.unacknowledged",
  { reason: z.string() },
  {
    evolve: (before) => ({
      ...changeEscalation(before, null, (escalation) => ({ ...escalation, answered: null, unseenSince: null })),
      status: "triggered",
      acknowledgedAt: null,
      acknowledgedBy: null,
      mitigatedAt: null,
      pages: expirePages(before, null),
    }),
    effects: noConsequences,
    timers: (after, event) =>
      after.ticketRequested || typeof after.plan.ticket !== "number"
        ? []
        : [{ timer: "ticket", at: event.recordedAt + after.plan.ticket }],
    describe: ({ data }) => `Acknowledgement ended: ${data.reason}`,
    kinds: ["people"],
    feed: "⚠️",
    refreshes: true,
    logged: false,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: () => ({ asleep: true }),
    wakesRuns: false,
    undo: null,
  },
);
