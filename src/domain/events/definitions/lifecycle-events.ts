import { z } from "zod";
import { defineEvent, unchangedState, waitsForNoOne } from "#domain/events/event-definition.ts";
import { NO_REASON } from "#domain/events/wording.ts";
import { missingTicketEffects, ticketTimer, updateTimer, acknowledgementTimer } from "#domain/events/follow-ups.ts";
import { PersonSchema, PlanSchema, RouteSchema, LinkList, instant } from "#domain/incident/schemas.ts";
import { limitAnswer } from "#domain/events/state-changes.ts";
import { hasTeamNotice, type Incident } from "#domain/incident/incident.ts";
import { changeEscalations, stoppedEscalation } from "#domain/incident/team-escalation.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import { incidentId, isHigherPriority, PRIORITIES, type Instant, type Priority } from "#domain/values/language.ts";

// What an incident is, how bad it is, and whose.

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
    waitsFor: waitsForNoOne,
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
    /** The highest that it ever had, where a rise is put back; absent: this one counts too. */
    peak: z.enum(PRIORITIES).exactOptional(),
  },
  {
    evolve: (before, { data, recordedAt }) => ({
      ...before,
      priority: data.to,
      peak: data.peak ?? (isHigherPriority(data.to, before.peak) ? data.to : before.peak),
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
      ...missingTicketEffects(after),
    ],
    timers: (after, event) => [updateTimer(after), ...acknowledgementTimer(after), ...ticketTimer(after, event.at)],
    describe: ({ data, actor }) =>
      `${data.from} → ${data.to} (${data.plan.sev})${actor.kind === "person" ? ` by ${actor.name}` : ""}${data.reason === NO_REASON ? "" : `: ${data.reason}`}`,
    kinds: ["people"],
    feed: "📈",
    refreshes: true,
    logged: true,
    inReply: true,
    inTimeline: true,
    inPostmortem: true,
    rewritesPostmortem: false,
    updateSla: "moves",
    waitsFor: waitsForNoOne,
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
