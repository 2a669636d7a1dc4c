import type { Channel, Instant, Link, Person, Priority, Role, Status } from "./language.ts";
import type { Plan } from "./policy.ts";
import type { Route } from "./route.ts";
import type { Event } from "./event.ts";
import { isHigher } from "./language.ts";

export type Page = {
  readonly key: string;
  readonly to: string;
  readonly priority: Priority;
  readonly via: string | null;
  readonly requestedAt: Instant;
  readonly sentAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  readonly status: "requested" | "sent" | "failed" | "acknowledged" | "resolved";
};

/** The state of one incident: the fold of its events. Its alerts are rows of their own; here are only counts. */
export type Incident = {
  readonly number: number;
  readonly key: string;
  readonly title: string;
  readonly status: Status;
  readonly priority: Priority;
  /** The highest priority it ever had. */
  readonly peak: Priority;
  readonly priorityReason: string;
  /** Set when a person lowered it: only an alert above `ceiling` raises it again. */
  readonly pinned: { readonly ceiling: Priority } | null;
  readonly unmapped: boolean;
  readonly plan: Plan;
  readonly route: Route;
  readonly drill: boolean;
  readonly private: boolean;
  readonly episode: number;
  /** Earliest start that any of its alerts told. */
  readonly detectedAt: Instant;
  readonly openedAt: Instant;
  readonly acknowledgedAt: Instant | null;
  readonly acknowledgedBy: Person | null;
  readonly mitigatedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly resolvedBy: "alerts" | "person" | null;
  readonly closedAt: Instant | null;
  /** When it will resolve by itself if nothing fires again. */
  readonly quietUntil: Instant | null;
  readonly alerts: { readonly total: number; readonly firing: number; readonly flaps: number };
  /** Groups whose latest delivery left members out, by group key and receiver: while any is here, silence proves nothing. */
  readonly truncated: Readonly<Record<string, number>>;
  readonly roles: Readonly<Record<Role, Person | null>>;
  readonly channel: Channel | null;
  readonly channelRequested: boolean;
  /** No channel could be opened: what happens is announced all the same. */
  readonly channelFailed: boolean;
  readonly archived: boolean;
  readonly pages: readonly Page[];
  readonly escalation: { readonly step: number; readonly next: { readonly to: string; readonly at: Instant } | null };
  readonly tickets: readonly { readonly key: string; readonly url: string }[];
  readonly ticketRequested: boolean;
  readonly links: { readonly runbook: string | null; readonly dashboards: readonly Link[]; readonly source: string | null };
  /** Number of the last event; the next is one more. */
  readonly lastEvent: number;
};

export const NOBODY: Incident["roles"] = { commander: null, tech: null, comms: null, scribe: null };

/** The incident after one more event. Events are facts: nothing is refused here. */
export function evolve(before: Incident | null, event: Event): Incident {
  const after = event.type === "incident.opened" ? open(event) : step(before ?? missing(event), event);
  return { ...after, lastEvent: event.seq };
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
    roles: NOBODY,
    channel: null,
    channelRequested: data.plan.channel,
    channelFailed: false,
    archived: false,
    pages: [],
    escalation: { step: 0, next: null },
    tickets: [],
    ticketRequested: false,
    links: data.links,
    lastEvent: 0,
  };
}

function step(was: Incident, event: Exclude<Event, { type: "incident.opened" }>): Incident {
  const person: Person = { id: event.actor.id, name: event.actor.name };
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
        peak: isHigher(event.data.to, was.peak) ? event.data.to : was.peak,
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
          page.status === "requested" || page.status === "sent" ? { ...page, status: "acknowledged", acknowledgedAt: event.at } : page,
        ),
      };
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
        escalation: { ...was.escalation, next: null },
        pages: was.pages.map((page) => (page.status === "failed" ? page : { ...page, status: "resolved" })),
      };
    case "incident.reopened":
      return {
        ...was,
        status: event.data.status,
        episode: was.episode + 1,
        resolvedAt: null,
        resolvedBy: null,
        closedAt: null,
        mitigatedAt: null,
        quietUntil: null,
        acknowledgedAt: event.data.status === "triggered" ? null : was.acknowledgedAt,
        acknowledgedBy: event.data.status === "triggered" ? null : was.acknowledgedBy,
        escalation: { step: 0, next: null },
        channel: was.archived ? null : was.channel,
        archived: false,
      };
    case "incident.closed":
      return { ...was, status: "closed", closedAt: event.at };
    case "role.assigned":
      return { ...was, roles: { ...was.roles, [event.data.role]: event.data.person } };
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
      return { ...was, channel: event.data.channel, channelFailed: false, archived: false };
    case "channel.failed":
      return { ...was, channelFailed: true };
    case "alerts.moved":
      return { ...was, alerts: { ...was.alerts, firing: Math.max(0, was.alerts.firing - event.data.count) } };
    case "channel.archived":
      return { ...was, archived: true };
    case "alerts.unheard":
    case "ticket.failed":
    case "draft.posted":
    case "chat.failed":
    case "command.refused":
      return was;
  }
}

function missing(event: Event): never {
  throw new Error(`bug: ${event.type} for an incident that was never opened`);
}
