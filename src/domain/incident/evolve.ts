import { updateLastActivity } from "./last-activity.ts";
import type { AlertCounts, Event } from "./event.ts";
import { UNASSIGNED_ROLES, INCIDENT_DEFAULTS, type Incident, type Page, type Undo } from "./incident.ts";
import { isHigherPriority, type Person } from "#domain/values/language.ts";
import { MILESTONE_FIELDS } from "#domain/reporting/milestones.ts";
import { applyUpdateSla, updatesAfterPost, updatesAfterReminder } from "#domain/response/update-sla.ts";
import { extendStorm } from "./storm-state.ts";
import { rememberUndo } from "./undo.ts";
import { isRunEvent } from "#domain/automation/run-event.ts";

/** Times between an end and a new beginning that are kept; an incident that begins anew more often counts as down in the earlier ones. */
const UPS = 200;

/** The incident after one more event. Events are facts: nothing is refused here. */
export function evolveIncident(before: Incident | null, event: Event): Incident {
  if (event.type === "incident.opened") return updateLastActivity(null, applyUpdateSla(null, { ...open(event), lastEvent: event.seq }, event), event);
  const was = before ?? missing(event);
  const after = applyUpdateSla(was, step(was, event), event);
  return { ...updateLastActivity(was, after, event), undo: rememberUndo(was, event), lastEvent: event.seq };
}

function open(event: Event & { type: "incident.opened" }): Incident {
  const { data } = event;
  return {
    number: data.number,
    key: data.key,
    title: data.title,
    status: "triggered",
    priority: data.priority,
    peak: data.priority,
    priorityReason: data.priorityReason,
    pinned: null,
    unmapped: data.unmapped,
    plan: data.plan,
    route: data.route,
    drill: data.drill,
    private: data.private,
    episode: 1,
    detectedAt: data.detectedAt,
    openedAt: event.at,
    acknowledgedAt: null,
    acknowledgedBy: null,
    mitigatedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    closedAt: null,
    quietUntil: null,
    alerts: { total: 0, firing: 0, flaps: 0 },
    truncated: {},
    roles: UNASSIGNED_ROLES,
    channel: null,
    channelRequested: data.plan.channel,
    channelFailed: false,
    archived: false,
    pages: [],
    escalation: { step: 0, next: null },
    tickets: [],
    ticketRequested: false,
    links: data.links,
    ...INCIDENT_DEFAULTS,
    summary: data.declared?.summary ?? null,
    declaredBy: data.declared?.by ?? null,
    lastEvent: 0,
  };
}

function step(was: Incident, event: Exclude<Event, { type: "incident.opened" }>): Incident {
  const person: Person = { id: event.actor.id, name: event.actor.name };
  if (isRunEvent(event)) return was;
  switch (event.type) {
    case "alerts.fired":
      return {
        ...was,
        detectedAt: Math.min(was.detectedAt, event.data.earliestStart),
        alerts: { ...was.alerts, total: was.alerts.total + event.data.added, firing: was.alerts.firing + event.data.count },
      };
    case "alerts.flapped":
      return { ...was, alerts: { ...was.alerts, flaps: was.alerts.flaps + event.data.count } };
    case "alerts.resolved":
      return { ...was, alerts: { ...was.alerts, firing: Math.max(0, was.alerts.firing - event.data.count) } };
    case "delivery.truncated": {
      const { [event.data.group]: _, ...others } = was.truncated;
      return { ...was, truncated: event.data.hidden === 0 ? others : { ...others, [event.data.group]: event.data.hidden } };
    }
    case "quiet.began":
      return { ...was, quietUntil: event.data.until };
    case "quiet.ended":
      return { ...was, quietUntil: null };
    case "priority.changed":
      return {
        ...was,
        priority: event.data.to,
        peak: isHigherPriority(event.data.to, was.peak) ? event.data.to : was.peak,
        priorityReason: event.data.reason,
        pinned: event.data.pin,
        unmapped: was.unmapped && event.data.pin === null && event.data.unmapped,
        plan: event.data.plan,
        channelRequested: was.channelRequested || event.data.plan.channel,
        // A level that does not escalate has no next step, whatever the one before it was going to do.
        escalation: event.data.plan.page === "none" || event.data.plan.escalateAfter === null ? { ...was.escalation, next: null } : was.escalation,
      };
    case "incident.acknowledged":
      return {
        ...was,
        status: was.status === "triggered" ? "acknowledged" : was.status,
        acknowledgedAt: was.acknowledgedAt ?? event.at,
        acknowledgedBy: was.acknowledgedBy ?? person,
        escalation: { ...was.escalation, next: null },
        pages: was.pages.map((page) =>
          // Whoever is called by name has not answered because somebody else has.
          page.status === "sent" || (page.status === "requested" && page.apart !== true) ? { ...page, status: "acknowledged", acknowledgedAt: event.at } : page,
        ),
      };
    case "incident.unacknowledged":
      return { ...was, status: "triggered", acknowledgedAt: null, acknowledgedBy: null };
    case "incident.mitigated":
      return { ...was, status: "mitigated", mitigatedAt: event.at, escalation: { ...was.escalation, next: null } };
    case "incident.resolved":
      return {
        ...was,
        status: "resolved",
        resolvedAt: event.at,
        resolvedBy: event.data.by,
        mitigatedAt: was.mitigatedAt ?? event.at,
        quietUntil: null,
        handoff: null,
        escalation: { ...was.escalation, next: null },
        pages: was.pages.map((page) => (page.status === "failed" ? page : { ...page, status: "resolved" })),
      };
    case "incident.reopened":
      return {
        ...was,
        status: event.data.status,
        episode: was.episode + 1,
        ups: event.data.again === true && was.resolvedAt !== null ? [...was.ups, { from: was.resolvedAt, to: event.at }].slice(-UPS) : was.ups,
        resolvedAt: null,
        resolvedBy: null,
        closedAt: null,
        mitigatedAt: null,
        quietUntil: null,
        acknowledgedAt: event.data.status === "triggered" ? null : was.acknowledgedAt,
        acknowledgedBy: event.data.status === "triggered" ? null : was.acknowledgedBy,
        escalation: { step: 0, next: null },
        commandReminders: 0,
        postmortem: { ...was.postmortem, state: "draft", due: null, nudges: 0, nudgeAt: null },
        channel: was.archived ? null : was.channel,
        archived: false,
      };
    case "incident.closed":
      // What was canceled or merged stays that; only its channel is put away.
      return { ...was, status: was.status === "canceled" || was.status === "merged" ? was.status : "closed", closedAt: was.closedAt ?? event.at };
    case "incident.canceled":
      return { ...over(was, event), status: "canceled" };
    case "incident.merged":
      return { ...over(was, event), status: "merged", mergedInto: event.data.into, alerts: NO_ALERTS };
    case "alerts.absorbed":
      return { ...was, alerts: plus(was.alerts, event.data.alerts, 1) };
    case "alerts.returned":
      return { ...was, alerts: plus(was.alerts, event.data.alerts, -1) };
    case "title.changed":
      return { ...was, title: event.data.to };
    case "verb.undone":
      return { ...was, ...event.data.restore, pages: unanswered(was, event.data) };
    case "handoff.offered":
      return { ...was, handoff: { to: event.data.to, from: was.roles.commander ?? person, at: event.at } };
    case "handoff.ended":
      return { ...was, handoff: null };
    case "role.assigned":
      return {
        ...was,
        roles: { ...was.roles, [event.data.role]: event.data.person },
        rolesSince: { ...was.rolesSince, [event.data.role]: event.data.person === null ? null : event.at },
        ...(event.data.role === "commander" ? { handoff: null, commandReminders: 0, commanderAway: null } : {}),
      };
    case "update.posted":
      return { ...was, updates: updatesAfterPost(was, event.at) };
    case "update.overdue":
      return { ...was, updates: updatesAfterReminder(was, event.data.reminder, event.recordedAt) };
    case "task.added":
      return { ...was, tasks: [...was.tasks, { ...event.data, doneAt: null }] };
    case "task.done":
      return { ...was, tasks: was.tasks.map((task) => (task.id === event.data.id ? { ...task, doneAt: event.at } : task)) };
    case "task.ticketed": {
      const { id, key, url } = event.data;
      return { ...was, tasks: was.tasks.map((task) => (task.id === id ? { ...task, ticket: { key, url } } : task)) };
    }
    case "message.marked":
      return marked(was, event.data, (by) => [...by.filter((id) => id !== person.id), person.id]);
    case "message.unmarked":
      return marked(was, event.data, (by) => by.filter((id) => id !== person.id));
    case "message.deleted":
      return marked(was, event.data, () => []);
    case "page.requested":
      return {
        ...was,
        pages: [
          ...was.pages,
          {
            key: event.data.key,
            to: event.data.to,
            priority: event.data.priority,
            via: null,
            requestedAt: event.at,
            sentAt: null,
            acknowledgedAt: null,
            status: "requested",
            ...(event.data.apart === true ? { apart: true } : {}),
            ...(event.data.team === undefined ? {} : { team: event.data.team }),
          },
        ],
      };
    case "page.sent":
    case "page.failed":
      return {
        ...was,
        pages: was.pages.map((page) =>
          page.key !== event.data.key
            ? page
            : event.type === "page.failed"
              ? { ...page, status: page.status === "requested" ? "failed" : page.status }
              : { ...page, via: event.data.via, sentAt: event.at, status: page.status === "requested" ? "sent" : page.status },
        ),
      };
    case "storm.gathered":
      return { ...was, storm: extendStorm(was.storm, event.data, event.recordedAt) };
    case "page.held":
    case "page.delayed":
      return was;
    case "acknowledgement.extended":
      return { ...was, ackUntil: event.data.until };
    case "escalation.armed":
      return { ...was, escalation: { step: event.data.step, next: { to: event.data.to, at: event.data.due } } };
    case "escalation.advanced":
      return { ...was, escalation: { step: event.data.step, next: null } };
    case "escalation.exhausted":
      return { ...was, escalation: { ...was.escalation, next: null } };
    case "ticket.requested":
      return { ...was, ticketRequested: true };
    case "ticket.opened":
      return { ...was, tickets: [...was.tickets, { key: event.data.key, url: event.data.url }] };
    case "channel.opened":
      return { ...was, channel: event.data.channel, channelsOpened: was.channelsOpened + 1, channelFailed: false, archived: false };
    case "channel.failed":
      return { ...was, channelFailed: true };
    case "alerts.moved":
      return { ...was, alerts: { ...was.alerts, firing: Math.max(0, was.alerts.firing - event.data.count) } };
    case "channel.archived":
      return { ...was, archived: true };
    case "member.joined":
    case "member.left": {
      if (event.data.person.id !== was.roles.commander?.id) return was;
      return { ...was, commanderAway: event.type === "member.left" ? event.recordedAt : null };
    }
    case "channel.renamed":
      return { ...was, channel: was.channel === null ? null : { ...was.channel, name: event.data.name } };
    case "command.missing":
      return { ...was, commandReminders: event.data.reminder };
    case "postmortem.asked":
      return { ...was, postmortem: { ...was.postmortem, owner: event.data.owner, due: event.data.due, nudgeAt: event.data.next } };
    case "postmortem.owned":
      return { ...was, postmortem: { ...was.postmortem, owner: event.data.owner } };
    case "postmortem.nudged":
      return { ...was, postmortem: { ...was.postmortem, nudges: event.data.reminder, nudgeAt: event.data.next } };
    case "postmortem.review_asked":
      return { ...was, postmortem: { ...was.postmortem, state: "in review", reviewers: [...was.postmortem.reviewers, ...event.data.reviewers] } };
    case "postmortem.reviewed":
      return { ...was, postmortem: { ...was.postmortem, state: "reviewed", nudgeAt: null } };
    case "postmortem.closed":
      return { ...was, postmortem: { ...was.postmortem, state: "closed", nudgeAt: null } };
    case "milestone.corrected": {
      const { milestone, to } = event.data;
      // Nobody said that it was mitigated: it was when it was resolved, and still is.
      const also = milestone === "resolved" && was.mitigatedAt === was.resolvedAt ? { mitigatedAt: to } : {};
      return { ...was, ...also, [MILESTONE_FIELDS[milestone]]: to };
    }
    case "postmortem.gap_waived": {
      const { from, reason } = event.data;
      return { ...was, postmortem: { ...was.postmortem, waived: [...was.postmortem.waived, { from, reason, by: person.name }] } };
    }
    case "task.ticket_wanted":
    case "task.ticket_failed":
    case "note.added":
    case "message.captured":
    case "message.edited":
    case "channel.drifted":
    case "alerts.unheard":
    case "ticket.updated":
    case "ticket.failed":
    case "draft.posted":
    case "postmortem.written":
    case "postmortem.published":
    case "postmortem.unpublished":
    case "chat.failed":
    case "command.refused":
    case "pager.told":
      return was;
  }
}

const NO_ALERTS = { total: 0, firing: 0, flaps: 0 };

/** Nothing more is expected of anybody. */
function over(was: Incident, event: Event): Incident {
  return {
    ...was,
    resolvedAt: was.resolvedAt ?? event.at,
    resolvedBy: "person",
    closedAt: event.at,
    quietUntil: null,
    handoff: null,
    escalation: { ...was.escalation, next: null },
    pages: was.pages.map((page) => (page.status === "failed" ? page : { ...page, status: "resolved" })),
  };
}

function plus(a: AlertCounts, b: AlertCounts, sign: 1 | -1): AlertCounts {
  return { total: Math.max(0, a.total + sign * b.total), firing: Math.max(0, a.firing + sign * b.firing), flaps: Math.max(0, a.flaps + sign * b.flaps) };
}

function marked(
  was: Incident,
  { channel, id }: { readonly channel: string; readonly id: string },
  change: (by: readonly string[]) => readonly string[],
): Incident {
  const { [`${channel}:${id}`]: by = [], ...others } = was.marks;
  const now = change(by);
  return { ...was, marks: now.length === 0 ? others : { ...others, [`${channel}:${id}`]: now } };
}

/** The pages as they were before a verb that is taken back: unanswered again, or over when it was the verb that asked for them. */
function unanswered({ pages, acknowledgedAt }: Incident, { restore, withdraws }: Pick<Undo, "restore" | "withdraws">): readonly Page[] {
  const unheard = acknowledgedAt !== null && restore.acknowledgedAt === null;
  return pages.map((page) => {
    if (withdraws.includes(page.key)) return page.status === "failed" ? page : { ...page, status: "resolved" };
    return unheard && page.status === "acknowledged" ? { ...page, status: page.sentAt === null ? "requested" : "sent", acknowledgedAt: null } : page;
  });
}

function missing(event: Event): never {
  throw new Error(`bug: ${event.type} for an incident that was never opened`);
}
