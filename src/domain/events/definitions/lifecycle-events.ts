import { z } from "zod";
import { defineEvent, unchangedState, noConsequences } from "#domain/events/event-definition.ts";
import {
  exceptAlarm,
  ticketTimer,
  updateTimer,
  acknowledgementTimer,
  commandTimer,
} from "#domain/events/follow-ups.ts";
import { PersonSchema, PlanSchema, RouteSchema, LinkList, instant } from "#domain/incident/schemas.ts";
import { hasTeamNotice } from "#domain/incident/incident.ts";
import { incidentId, isHigherPriority, PRIORITIES } from "#domain/values/language.ts";

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
    evolve: (before, { data }) => ({
      ...before,
      priority: data.to,
      peak: isHigherPriority(data.to, before.peak) ? data.to : before.peak,
      priorityReason: data.reason,
      pinned: data.pin,
      unmapped: before.unmapped && data.pin === null && data.unmapped,
      plan: data.plan,
      channelRequested: before.channelRequested || data.plan.channel,
      // A level without escalation has no next step, whatever the previous level had planned.
      escalation:
        data.plan.page === "none" || data.plan.escalateAfter === null
          ? { ...before.escalation, next: null }
          : before.escalation,
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
      restores: () => ["priority", "peak", "priorityReason", "pinned", "unmapped", "plan", "escalation", "updates"],
      milestone: null,
    },
  },
);

export const incidentAcknowledged = defineEvent(
  "incident.acknowledged",
  {
    /** The alarm it came from, which needs no notification. */
    alarm: z.string().exactOptional(),
  },
  {
    evolve: (before, { at, actor }) => ({
      ...before,
      status: before.status === "triggered" ? "acknowledged" : before.status,
      acknowledgedAt: before.acknowledgedAt ?? at,
      acknowledgedBy: before.acknowledgedBy ?? { id: actor.id, name: actor.name },
      escalation: { ...before.escalation, next: null },
      pages: before.pages.map((page) =>
        // A person who was called by name has not answered when another one acknowledges.
        page.status === "sent" || (page.status === "requested" && page.apart !== true)
          ? { ...page, status: "acknowledged", acknowledgedAt: at }
          : page,
      ),
    }),
    effects: (after, { data }) =>
      after.pages.length > 0 ? [{ type: "page.acknowledge", episode: after.episode, ...exceptAlarm(data) }] : [],
    timers: (after, event) => [
      { timer: "escalate", at: null },
      { timer: "ticket", at: null },
      updateTimer(after),
      commandTimer(event, after),
      ...acknowledgementTimer(after),
    ],
    describe: ({ actor }) => `Acknowledged by ${actor.name}`,
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
    undo: { restores: () => ["status", "acknowledgedAt", "acknowledgedBy", "updates"], milestone: "acknowledged" },
  },
);

/** The acknowledgement expired, or its owner handed it back: the escalation runs again. */
export const incidentUnacknowledged = defineEvent(
  "incident.unacknowledged",
  { reason: z.string() },
  {
    evolve: (before) => ({ ...before, status: "triggered", acknowledgedAt: null, acknowledgedBy: null }),
    effects: noConsequences,
    timers: (after, event) =>
      after.ticketRequested || typeof after.plan.ticket !== "number"
        ? []
        : [{ timer: "ticket", at: event.recordedAt + after.plan.ticket }],
    describe: ({ data }) => `Nobody has it any more: ${data.reason}`,
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
    evolve: (before, { at }) => ({
      ...before,
      status: "mitigated",
      mitigatedAt: at,
      escalation: { ...before.escalation, next: null },
    }),
    effects: noConsequences,
    timers: () => [{ timer: "escalate", at: null }],
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
    undo: { restores: () => ["status", "mitigatedAt"], milestone: "mitigated" },
  },
);
