import { z } from "zod";
import { defineEvent, noConsequences, waitsForNoOne } from "#domain/events/event-definition.ts";
import { updateTimer, acknowledgementTimer, commandTimer, escalationTimer } from "#domain/events/follow-ups.ts";
import { answerBy } from "#domain/events/state-changes.ts";
import { rememberRevoked } from "#domain/incident/merged-parts.ts";
import { answeredEscalation, changeEscalation } from "#domain/incident/team-escalation.ts";

// The harm has ended, or has not.

export const incidentMitigated = defineEvent(
  "incident.mitigated",
  {},
  {
    evolve: (before, event) => ({
      ...changeEscalation(before, null, (escalation) =>
        escalation.answered === null || escalation.next !== null
          ? answeredEscalation(escalation, answerBy(before, event, null))
          : escalation,
      ),
      status: "mitigated",
      mitigatedAt: event.at,
    }),
    effects: noConsequences,
    timers: (after) => [escalationTimer(after)],
    describe: ({ actor }) => `${actor.name} marked it mitigated`,
    kinds: ["people"],
    feed: "🩹",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { restores: () => ["status", "mitigatedAt", "escalation"], milestone: "mitigated" },
  },
);

/** It was mitigated, and is not: something new fires, or it fires on and there was no activity. */
export const mitigationRevoked = defineEvent(
  "mitigation.revoked",
  {
    reason: z.string(),
    /** The other team that it is needed of again; absent: the incident's own. */
    team: z.string().exactOptional(),
    /** The incident that was merged, whose alerts are what is new. */
    merged: z.number().exactOptional(),
  },
  {
    evolve: (before, { data }) => ({
      ...(data.team === undefined
        ? changeEscalation(before, null, (escalation) => ({ ...escalation, answered: null }))
        : before),
      status: "acknowledged",
      mitigatedAt: null,
      takenIn: rememberRevoked(before, data.merged),
    }),
    effects: noConsequences,
    timers: (after, event) => [updateTimer(after), commandTimer(event, after), ...acknowledgementTimer(after)],
    describe: ({ data }) => `No longer mitigated: ${data.reason}`,
    kinds: ["people"],
    feed: "🩹",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
    waitsFor: waitsForNoOne,
    wakesRuns: false,
    undo: { final: () => "Alerts fire again: that cannot be undone." },
  },
);
