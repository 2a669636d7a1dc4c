/**
 * The words of Muster.
 *
 * alert        one time series that a monitoring system says is wrong; known by (source, fingerprint)
 * source       the integration an alert came through; all peers of one Alertmanager cluster are one source
 * delivery     one webhook request: some alerts of one Alertmanager group, never proof of the whole group
 * incident     what people respond to: alerts of one group key, or a human declaration
 * episode      one stretch of an incident from opening (or re-opening) to resolution
 * command      a wish, stored before it is acknowledged ("acknowledge INC-3")
 * event        a fact that was decided ("INC-3 was acknowledged"); an incident's events are its timeline
 * effect       a wish towards the outside world, stored with the event that caused it ("page alice")
 * standing     an effect that means "make it look like the latest state"; asking again coalesces
 * run          one runbook at work for one alert, with a journal of its steps
 * lane         a separate queue with its own workers, so that one slow service delays no other
 * urgency      0–4, the number of the priority; lower goes first everywhere
 */

/** Milliseconds since 1970 in UTC. */
export type Instant = number;

export const PRIORITIES = ["P0", "P1", "P2", "P3", "P4"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const OPEN_STATUSES = ["triggered", "acknowledged", "mitigated"] as const;
export const STATUSES = [...OPEN_STATUSES, "resolved", "closed", "merged", "canceled"] as const;
export type Status = (typeof STATUSES)[number];

export const ROLES = ["commander", "tech", "comms", "scribe"] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_TITLES: Readonly<Record<Role, string>> = {
  commander: "Incident Commander",
  tech: "Technical Lead",
  comms: "Communications Lead",
  scribe: "Scribe",
};

/** For whom an update is written. */
export const AUDIENCES = ["internal", "customer"] as const;
export type Audience = (typeof AUDIENCES)[number];

/** A task is done during the incident, a follow-up after it. */
export const TASK_KINDS = ["task", "followup"] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** What every incident is measured by, in the order in which it happens. */
export const MILESTONES = ["began", "acknowledged", "mitigated", "resolved"] as const;
export type Milestone = (typeof MILESTONES)[number];

/** What Muster did to a ticket after it had opened it. */
export const TICKET_CHANGES = ["closed", "commented", "reopened"] as const;

/** How far a postmortem is. */
export const REVIEW_STATES = ["draft", "in review", "reviewed", "closed"] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** What a pager tells of an alarm; "told" is everything that changes nothing here. */
export const PAGER_UPDATES = ["acknowledged", "unacknowledged", "resolved", "reopened", "told"] as const;
export type PagerUpdate = (typeof PAGER_UPDATES)[number];

/** Who did it. `id` is the id in their own world (an id of the chat, a source name). */
export type Actor = { readonly kind: "person" | "source" | "muster"; readonly id: string; readonly name: string };

export const MUSTER_ACTOR: Actor = { kind: "muster", id: "muster", name: "Muster" };

export const LANES = ["apply", "timers", "page", "chat", "ticket", "run"] as const;
export type Lane = (typeof LANES)[number];

/** What may wake an incident up by itself, at a stored instant. */
export const TIMERS = ["quiet", "escalate", "ticket", "archive", "update", "command", "ack", "review"] as const;
export type Timer = (typeof TIMERS)[number];

/** What we know of a person when they act: enough to name them later without asking anybody. */
export type Person = { readonly id: string; readonly name: string };

/** A room of the chat. `url` is "" where there is none to open. */
export type Channel = { readonly id: string; readonly name: string; readonly url: string };

export type Link = { readonly title: string; readonly url: string };

/** 0 for P0 … 4 for P4. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

export function isHigherPriority(a: Priority, b: Priority): boolean {
  return priorityRank(a) < priorityRank(b);
}

export function highestPriority(priorities: readonly Priority[]): Priority | null {
  return PRIORITIES.find((priority) => priorities.includes(priority)) ?? null;
}

export function isOpen(status: Status): boolean {
  return (OPEN_STATUSES as readonly Status[]).includes(status);
}

/** The public name of incident number `n`. */
export function incidentId(n: number): string {
  return `INC-${n}`;
}

/** The number in "INC-12" (any case), or null. */
export function incidentNumber(id: string): number | null {
  const found = /^INC-(\d{1,9})$/i.exec(id.trim());
  return found ? Number(found[1]) : null;
}
