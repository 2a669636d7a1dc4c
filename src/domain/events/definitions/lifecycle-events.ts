import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import {
  exceptAlarm,
  ticketTimer,
  updateTimer,
  acknowledgementTimer,
  acknowledgeEffects,
  commandTimer,
  escalationTimer,
} from "#domain/events/follow-ups.ts";
import { PersonSchema, PlanSchema, RouteSchema, LinkList, instant } from "#domain/incident/schemas.ts";
import { answerBy, answerPages, expirePages, limitAnswer } from "#domain/events/state-changes.ts";
import { hasTeamNotice, type Incident, type Page } from "#domain/incident/incident.ts";
import {
  answeredEscalation,
  changeEscalation,
  changeEscalations,
  escalationOfPage,
  stoppedEscalation,
} from "#domain/incident/team-escalation.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { incidentId, isHigherPriority, PRIORITIES, type Instant, type Priority } from "#domain/values/language.ts";

// From opening to mitigation: what an incident is, how bad, and who answered.

/** The first event of every incident. Its state begins here (`openedIncident`). */
export const incidentOpened = defineEvent(
  "incident.opened",
  {
    number: z.number(),
    key: z.string(),
    title: z.string(),
    priority: z.enum(PRIORITIES),
    priorityReason: z.string(),
    unmapped: z.boolean(),
    plan: PlanSchema,
    route: RouteSchema,
    drill: z.boolean(),
    private: z.boolean(),
    detectedAt: instant,
    /** Of a person's declaration; absent when alerts opened it. */
    declared: z.object({ by: PersonSchema, summary: z.string().nullable(), page: z.boolean() }).exactOptional(),
    links: z.object({ runbook: z.string().nullable(), dashboards: LinkList, source: z.string().nullable() }),
  },
  {
    evolve: unchangedState,
    effects: (after, _, policy) =>
      hasTeamNotice(after) ? [{ type: "chat.notices", channel: after.route.channel ?? policy.channels.incidents }] : [],
    timers: (after, event) => [updateTimer(after), ...acknowledgementTimer(after), ...ticketTimer(after, event.at)],
    describe: ({ data }) =>
      `${incidentId(data.number)} opened as ${data.priority} (${data.plan.sev}): ${data.title}. Why ${data.priority}: ${data.priorityReason}`,
    kinds: ["people"],
    feed: "🔥",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "starts",
    wakesRuns: false,
    undo: null,
  },
);

export const priorityChanged = defineEvent(
  "priority.changed",
  {
    from: z.enum(PRIORITIES),
    to: z.enum(PRIORITIES),
    reason: z.string(),
    pin: z.object({ ceiling: z.enum(PRIORITIES) }).nullable(),
    unmapped: z.boolean(),
    plan: PlanSchema,
  },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      priority: data.to,
      peak: isHigherPriority(data.to, before.peak) ? data.to : before.peak,
      priorityReason: data.reason,
      pinned: data.pin,
      unmapped: before.unmapped && data.pin === null && data.unmapped,
      plan: data.plan,
      channelRequested: before.channelRequested || data.plan.channel,
      ...escalationsAt(before, data, recordedAt),
    }),
    effects: (after, { data }, policy) => [
      ...(after.pages.length > 0 ? [{ type: "page.describe" } as const] : []),
      ...(isHigherPriority(data.to, data.from) && hasTeamNotice(after)
        ? [{ type: "chat.notices", channel: after.route.channel ?? policy.channels.incidents } as const]
        : []),
    ],
    timers: (after, event) => [updateTimer(after), ...acknowledgementTimer(after), ...ticketTimer(after, event.at)],
    describe: ({ data, actor }) =>
      `${data.from} → ${data.to} (${data.plan.sev})${actor.kind === "person" ? ` by ${actor.name}` : ""}: ${data.reason}`,
    kinds: ["people"],
    feed: "📈",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    wakesRuns: false,
    undo: {
      restores: () => [
        "priority",
        "peak",
        "priorityReason",
        "pinned",
        "unmapped",
        "plan",
        "escalation",
        "teamEscalations",
        "updates",
      ],
      milestone: null,
    },
  },
);

/** The escalations at another priority. */
function escalationsAt(
  before: Incident,
  { from, to, plan }: { readonly from: Priority; readonly to: Priority; readonly plan: Plan },
  at: Instant,
): Pick<Incident, "escalation" | "teamEscalations"> {
  // A level that pages no one has no next step, whatever the previous level had planned.
  if (plan.page === "none") return changeEscalations(before, stoppedEscalation);
  // The answer of another team stands, for as long as the new level lets an answer stand.
  const { teamEscalations } = changeEscalations(before, (escalation) => limitAnswer(escalation, plan, at));
  // Who acknowledged a P2 has not acknowledged a P1: it is paged again.
  if (isHigherPriority(to, from))
    return {
      escalation: { ...before.escalation, rounds: 0, answered: null, unseenSince: null },
      teamEscalations,
    };
  return { escalation: before.escalation, teamEscalations };
}

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
        pages: answerPages(before, keys, at),
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
    describe: ({ actor, data }) => `Acknowledged by ${actor.name}${data.team === undefined ? "" : ` for ${data.team}`}`,
    kinds: ["people"],
    feed: "👀",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "answered",
    wakesRuns: false,
    undo: {
      restores: () => ["status", "acknowledgedAt", "acknowledgedBy", "updates", "escalation", "teamEscalations"],
      milestone: "acknowledged",
      answers: ({ data }) => data.pages ?? [],
    },
  },
);

/** Pages of the incident's own team that no one has answered; one that is on its way to a person called by name still goes there. */
function openOwnPages({ pages }: Incident): readonly Page[] {
  return pages.filter(
    (page) => page.status === "sent" || (page.status === "requested" && escalationOfPage(page) === null),
  );
}

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
    wakesRuns: false,
    undo: null,
  },
);

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
    describe: ({ actor }) => `Mitigated, says ${actor.name}`,
    kinds: ["people"],
    feed: "🩹",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: null,
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
  },
  {
    evolve: (before, { data }) => ({
      ...(data.team === undefined
        ? changeEscalation(before, null, (escalation) => ({ ...escalation, answered: null }))
        : before),
      status: "acknowledged",
      mitigatedAt: null,
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
    wakesRuns: false,
    undo: "final",
  },
);
