import type { Event } from "./event.ts";
import type { Incident } from "./incident.ts";
import { PRIORITIES, ROLES, type Instant, type Priority, type Role } from "./language.ts";
import { timeline, type TimelineEntry } from "./timeline.ts";

/** A computed cell and the events it comes from. */
export type Computed<T> = { readonly value: T; readonly from: readonly number[] };

/**
 * The parts only people can write. Their text is kept apart from everything computed, under these names, so that
 * computing again (a late note, a corrected time) never touches a word of it.
 */
export const HUMAN_SECTIONS = {
  summary: "What happened, in two sentences for somebody who was not there",
  impact: "Which customers noticed what, with numbers",
  root_cause: "The primary cause, and what made it possible",
  not_caught: "Why was it not caught earlier?",
  went_well: "What went well",
  could_be_better: "What could have been better, each with the alert or test that was added",
  action_items: "| Priority | Action | Owner | Due |",
  lessons: "Lessons learned",
  process: "Process improvements",
} as const;
export type HumanSection = keyof typeof HUMAN_SECTIONS;
export type HumanTexts = Partial<Readonly<Record<HumanSection, string>>>;

/** The computed half of a postmortem: a fold over the incident's events. */
export type Draft = {
  readonly incident: Incident;
  readonly detected: Computed<Instant>;
  readonly acknowledged: Computed<Instant> | null;
  readonly mitigated: Computed<Instant> | null;
  readonly resolved: Computed<Instant> | null;
  /** First to last instant at which an alert said that something was wrong; `to` null while one still does. */
  readonly impact: { readonly from: Instant; readonly to: Instant | null };
  readonly timeIn: readonly { readonly priority: Priority; readonly ms: number; readonly from: readonly number[] }[];
  readonly roles: readonly { readonly role: Role; readonly name: string; readonly since: Instant; readonly from: readonly number[] }[];
  readonly timeline: readonly TimelineEntry[];
};

/** Puts together what can be computed. `now` stands in for the end of an incident that has none yet. */
export function assemble(incident: Incident, events: readonly Event[], now: Instant): Draft {
  const firstOf = (type: Event["type"]): Computed<Instant> | null => cell(events.find((event) => event.type === type));
  const resolved = incident.resolvedAt === null ? null : cell(events.findLast((event) => event.type === "incident.resolved"));
  const fired = events.filter((event) => event.type === "alerts.fired" || event.type === "incident.opened");
  return {
    incident,
    detected: { value: incident.detectedAt, from: fired.slice(0, 1).map(({ seq }) => seq) },
    acknowledged: firstOf("incident.acknowledged"),
    mitigated: firstOf("incident.mitigated") ?? resolved,
    resolved,
    impact: impactWindow(incident, events),
    timeIn: timeInPriorities(events, resolved?.value ?? now),
    roles: roles(events),
    timeline: timeline(events).filter(({ type }) => !UNTOLD.has(type)),
  };
}

/** Bookkeeping that a reader of the story does not need; the API's timeline has it. */
const UNTOLD: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  "escalation.armed",
  "acknowledgement.extended",
  "delivery.truncated",
  "quiet.began",
  "quiet.ended",
  "page.requested",
  "draft.posted",
  "command.refused",
]);

function cell(event: Event | undefined): Computed<Instant> | null {
  return event === undefined ? null : { value: event.at, from: [event.seq] };
}

function impactWindow(incident: Incident, events: readonly Event[]): Draft["impact"] {
  const ends = events.flatMap((event) => (event.type === "alerts.resolved" ? event.data.alerts.map(({ endsAt }) => endsAt ?? event.at) : []));
  if (incident.alerts.firing > 0) return { from: incident.detectedAt, to: null };
  return { from: incident.detectedAt, to: ends.length > 0 ? ends.reduce((a, b) => Math.max(a, b)) : incident.resolvedAt };
}

/** How long the incident was open at each priority; the time between a resolution and a re-opening counts nowhere. */
function timeInPriorities(events: readonly Event[], end: Instant): Draft["timeIn"] {
  const ms = new Map<Priority, number>();
  const from = new Map<Priority, number[]>();
  let priority: Priority | null = null;
  let open = false;
  let since = 0;
  const add = (until: Instant): void => {
    if (open && priority !== null) ms.set(priority, (ms.get(priority) ?? 0) + Math.max(0, until - since));
    since = until;
  };
  for (const event of events) {
    if (event.type === "incident.opened" || event.type === "priority.changed") {
      add(event.at);
      priority = event.type === "incident.opened" ? event.data.priority : event.data.to;
      open ||= event.type === "incident.opened";
      from.set(priority, [...(from.get(priority) ?? []), event.seq]);
    } else if (event.type === "verb.undone" && event.data.restore.priority !== undefined) {
      // A slip that was taken back never was: its time is that of the priority that it is again.
      if (priority !== null) from.set(priority, (from.get(priority) ?? []).slice(0, -1));
      priority = event.data.restore.priority;
    } else if (event.type === "incident.resolved" || event.type === "incident.reopened") {
      add(event.at);
      open = event.type === "incident.reopened";
    }
  }
  add(end);
  return PRIORITIES.filter((each) => ms.has(each)).map((each) => ({ priority: each, ms: ms.get(each)!, from: from.get(each) ?? [] }));
}

function roles(events: readonly Event[]): Draft["roles"] {
  const taken: Draft["roles"][number][] = [];
  for (const event of events) {
    if (event.type === "role.assigned" && event.data.person !== null)
      taken.push({ role: event.data.role, name: event.data.person.name, since: event.at, from: [event.seq] });
    if (event.type === "verb.undone" && event.data.restore.roles !== undefined) taken.pop();
  }
  return taken.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || a.since - b.since);
}
