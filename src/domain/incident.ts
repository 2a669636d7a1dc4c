import type { AlertCounts, Event } from "./event.ts";
import { isHigher, isOpen, type Channel, type Instant, type Link, type Person, type Priority, type Role, type Status, type TaskKind } from "./language.ts";
import type { Plan } from "./policy.ts";
import type { Route } from "./route.ts";
import { remembered } from "./undo.ts";

export type Page = {
  readonly key: string;
  readonly to: string;
  readonly priority: Priority;
  readonly via: string | null;
  readonly requestedAt: Instant;
  readonly sentAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  readonly status: "requested" | "sent" | "failed" | "acknowledged" | "resolved";
  /** An alarm of its own for the pager. */
  readonly apart?: boolean;
};

/** Something to do, during the incident or after it. `due`: an ISO date. */
export type Task = {
  readonly id: number;
  readonly kind: TaskKind;
  readonly text: string;
  readonly owner: Person | null;
  readonly due: string | null;
  readonly doneAt: Instant | null;
};

/** What responders owe those who wait outside: `due` is promised in the card; null when nothing is owed. */
export type Updates = {
  readonly last: Instant | null;
  readonly due: Instant | null;
  readonly sent: number;
  readonly onTime: number;
  /** ms without an update while one was owed, at the most. */
  readonly longestSilence: number;
  /** When somebody is reminded next, and how often they were since the last update. */
  readonly remindAt: Instant | null;
  readonly reminders: number;
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
  readonly summary: string | null;
  /** Who declared it; null when alerts did. */
  readonly declaredBy: Person | null;
  /** Since when each role is held by whoever holds it. */
  readonly rolesSince: Readonly<Record<Role, Instant | null>>;
  /** Command is offered; whoever has it keeps it until the offer is taken. */
  readonly handoff: { readonly to: Person; readonly from: Person; readonly at: Instant } | null;
  readonly updates: Updates;
  readonly tasks: readonly Task[];
  /** Messages that somebody marked for the timeline, `channel:id`, each with who did. */
  readonly marks: Readonly<Record<string, readonly string[]>>;
  readonly mergedInto: number | null;
  /** How many channels it has had. */
  readonly channelsOpened: number;
  /** How often it was said that nobody has command. */
  readonly commandReminders: number;
  /** What the last verb of a person would be taken back to. */
  readonly undo: Undo | null;
  /** Number of the last event; the next is one more. */
  readonly lastEvent: number;
};

/** What a verb changes at most, and what taking it back restores. */
export type Restorable = Pick<
  Incident,
  | "status"
  | "acknowledgedAt"
  | "acknowledgedBy"
  | "mitigatedAt"
  | "resolvedAt"
  | "resolvedBy"
  | "closedAt"
  | "priority"
  | "priorityReason"
  | "pinned"
  | "unmapped"
  | "plan"
  | "title"
  | "roles"
  | "rolesSince"
  | "handoff"
  | "updates"
  | "tasks"
  | "peak"
  | "escalation"
  | "commandReminders"
  | "mergedInto"
>;

/** `command` is the evidence of the verb: events with the same are one verb. `strikes` are the numbers of events that wrote something. */
export type Undo = {
  readonly command: string;
  readonly by: Person;
  readonly at: Instant;
  readonly what: string;
  readonly restore: Partial<Restorable>;
  readonly strikes: readonly number[];
  /** Keys of pages that were a call of their own. */
  readonly withdraws: readonly string[];
};

/** What an incident has from the start; stored states of earlier versions lack some of it. */
export const UNTOUCHED = {
  summary: null,
  declaredBy: null,
  rolesSince: { commander: null, tech: null, comms: null, scribe: null },
  handoff: null,
  updates: { last: null, due: null, sent: 0, onTime: 0, longestSilence: 0, remindAt: null, reminders: 0 },
  tasks: [],
  marks: {},
  mergedInto: null,
  channelsOpened: 0,
  commandReminders: 0,
  undo: null,
} as const satisfies Partial<Incident>;

export const NOBODY: Incident["roles"] = { commander: null, tech: null, comms: null, scribe: null };

/** The incident after one more event. Events are facts: nothing is refused here. */
export function evolve(before: Incident | null, event: Event): Incident {
  if (event.type === "incident.opened") return obliged(null, { ...open(event), lastEvent: event.seq }, event);
  const was = before ?? missing(event);
  const after = obliged(was, step(was, event), event);
  return { ...after, undo: remembered(was, event), lastEvent: event.seq };
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
    ...UNTOUCHED,
    summary: data.declared?.summary ?? null,
    declaredBy: data.declared?.by ?? null,
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
        handoff: null,
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
        commandReminders: 0,
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
        ...(event.data.role === "commander" ? { handoff: null, commandReminders: 0 } : {}),
      };
    case "update.posted":
      return { ...was, updates: posted(was, event.at) };
    case "update.overdue": {
      const { updates } = was;
      return {
        ...was,
        updates: { ...updates, reminders: event.data.reminder, remindAt: event.data.reminder === 1 ? event.recordedAt + SECOND_REMINDER : null },
      };
    }
    case "task.added":
      return { ...was, tasks: [...was.tasks, { ...event.data, doneAt: null }] };
    case "task.done":
      return { ...was, tasks: was.tasks.map((task) => (task.id === event.data.id ? { ...task, doneAt: event.at } : task)) };
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
      return { ...was, channel: event.data.channel, channelsOpened: was.channelsOpened + 1, channelFailed: false, archived: false };
    case "channel.failed":
      return { ...was, channelFailed: true };
    case "alerts.moved":
      return { ...was, alerts: { ...was.alerts, firing: Math.max(0, was.alerts.firing - event.data.count) } };
    case "channel.archived":
      return { ...was, archived: true };
    case "channel.renamed":
      return { ...was, channel: was.channel === null ? null : { ...was.channel, name: event.data.name } };
    case "command.missing":
      return { ...was, commandReminders: event.data.reminder };
    case "note.added":
    case "message.captured":
    case "message.edited":
    case "member.joined":
    case "member.left":
    case "channel.drifted":
    case "alerts.unheard":
    case "ticket.failed":
    case "draft.posted":
    case "chat.failed":
    case "command.refused":
      return was;
  }
}

/** ms after the first reminder of an update that is owed. */
const SECOND_REMINDER = 5 * 60_000;
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

/** From when the update that is owed is counted; null when none is. */
function owedSince({ updates, plan }: Incident): Instant | null {
  return updates.due === null || plan.updateEvery === null ? null : updates.due - plan.updateEvery;
}

/** The longest silence, when it ends at `at`. */
function silence(was: Incident, at: Instant): number {
  return Math.max(was.updates.longestSilence, at - (owedSince(was) ?? at));
}

function posted(was: Incident, at: Instant): Updates {
  const { updates } = was;
  const late = updates.due !== null && at > updates.due;
  return { ...updates, last: at, sent: updates.sent + 1, onTime: updates.onTime + (late ? 0 : 1), longestSilence: silence(was, at) };
}

/** The state with what it owes: an update every so often while it is open, by its plan. */
function obliged(was: Incident | null, after: Incident, event: Event): Incident {
  const since = countedFrom(was, event);
  if (since === null) return after;
  const { updates, plan, status, channelRequested } = after;
  if (!isOpen(status)) {
    const longestSilence = was === null ? updates.longestSilence : silence(was, event.at);
    return { ...after, updates: { ...updates, due: null, remindAt: null, reminders: 0, longestSilence } };
  }
  const due = plan.updateEvery !== null && channelRequested ? since + plan.updateEvery : null;
  return due === updates.due ? after : { ...after, updates: { ...updates, due, remindAt: due, reminders: 0 } };
}

const STARTS_ANEW: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["incident.opened", "incident.reopened", "update.posted"]);
const MOVES_THE_UPDATE: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  "priority.changed",
  "incident.resolved",
  "incident.canceled",
  "incident.merged",
  "incident.closed",
]);

/** From when the next update is counted after an event; null for one that moves no update. */
function countedFrom(was: Incident | null, event: Event): Instant | null {
  if (STARTS_ANEW.has(event.type)) return event.at;
  if (MOVES_THE_UPDATE.has(event.type)) return (was === null ? null : owedSince(was)) ?? event.recordedAt;
  // While nobody had heard of it, there was nobody to owe anything.
  const late = event.type === "incident.acknowledged" && was !== null && was.updates.due !== null && was.updates.due < event.recordedAt;
  return late ? event.recordedAt : null;
}

function missing(event: Event): never {
  throw new Error(`bug: ${event.type} for an incident that was never opened`);
}
