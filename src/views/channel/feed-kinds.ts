import type { Event, FactType } from "#domain/events/event-registry.ts";

/**
 * Kinds of lines that inform and ask no one to act: those of one kind share a message of the feed, which is edited. The
 * channel then has one message of a burst, and nothing rings twice.
 */
export type FeedKind = "alerts" | "responders" | "notes" | "work" | "postmortem";

const KINDS: Partial<Record<FactType, FeedKind>> = {
  "alerts.fired": "alerts",
  "alerts.resolved": "alerts",
  "alerts.unheard": "alerts",
  "quiet.began": "alerts",
  "quiet.ended": "alerts",
  "runbook.unavailable": "alerts",
  "incident.acknowledged": "responders",
  "page.sent": "responders",
  "page.acknowledged": "responders",
  "pages.carried": "responders",
  "escalation.started": "responders",
  "escalation.ended": "responders",
  "role.assigned": "responders",
  "access.granted": "responders",
  "note.added": "notes",
  "reason.given": "notes",
  "title.changed": "notes",
  "task.added": "work",
  "task.done": "work",
  "task.ticketed": "work",
  "ticket.opened": "work",
  "ticket.updated": "work",
  "postmortem.published": "postmortem",
  "postmortem.owned": "postmortem",
};

/** The kind of an event's line; null: it is news that has a message of its own. */
export function feedKind(event: Event): FeedKind | null {
  return KINDS[event.type] ?? null;
}

/** The events whose lines are of a kind. */
export function eventsOfKind(kind: FeedKind): readonly FactType[] {
  return (Object.keys(KINDS) as FactType[]).filter((type) => KINDS[type] === kind);
}

/** What a run reports that asks nothing of anyone: it is in the thread of the run's own message, not in the channel. */
export const RUN_REPORTS = [
  "run.approved",
  "run.started",
  "step.finished",
  "run.settled",
  "run.succeeded",
  "run.canceled",
] as const satisfies readonly FactType[];
