/**
 * The words of Muster, in the order in which one meets them. An exported name has two words or is one of these nouns
 * (lint: muster/exported-names).
 *
 * source       the monitoring integration an alert came through; all peers of one Alertmanager cluster are one source
 * delivery     one webhook request: some alerts of one Alertmanager group, never proof of the whole group
 * alert        one time series that a source reports as wrong; known by (source, fingerprint)
 * matcher      a condition on a label, as Alertmanager writes it: severity=~"critical|page"
 * silence      alerts with certain labels open and change nothing until it ends (the verbs mute and unmute)
 * policy       the file in which teams, services, schedules and rules are written; read again when it changes
 * route        who an incident belongs to by the policy: service, team, people on call, escalation policy
 * incident     what people respond to: alerts that belong together, or a person's declaration
 * declaration  the fields with which a person opens an incident by hand
 * status       triggered, acknowledged, mitigated (all open), resolved, closed, merged or canceled
 * priority     P0 (most urgent) to P4; its number is the urgency, and lower goes first everywhere
 * episode      one stretch of an incident from opening (or reopening) to resolution
 * storm        many incidents at once: further ones are gathered in one, so that a cause pages once
 * recheck      a later look at an incident that a person ended while its alerts fired
 * person       someone of the chat or of the policy, by id and name
 * actor        who did it: a person, a source, or Muster itself
 * role         commander, tech, comms or scribe of an incident, held by a person
 * verb         what people type or click, one word and its arguments: /incident ack
 * door         the code of one way in (webhook, chat, API, dashboard): verify, parse, submit, acknowledge
 * command      what a person or a source asks for, stored before it is acknowledged ("acknowledge INC-3")
 * report       a command that only reports what an effect or a door has seen; its event has the same name and fields
 * context      what a decision may look at beside the incident: the time, the actor, the policy
 * decision     what the core answers to a command: facts, or a refusal in words
 * refusal      why something is not done, in words for the person who asked
 * outcome      what came of a command, stored beside it as data: applied, refused, failed or unchanged
 * fact         what a decision found to have happened, before it has a number and a time
 * event        a recorded fact ("INC-3 was acknowledged"); an incident's events are its timeline
 * evidence     where an event comes from: the command, and a link to the message or alert
 * milestone    an instant that incidents are measured by: began, acknowledged, mitigated, resolved
 * undo         taking back what a person's last verb did, as far as the event's definition allows
 * effect       a request to the outside world, stored with the event that caused it ("page Alice")
 * dead letter  a command or an effect that failed for good and was put aside, until someone retries or drops it
 * outage       an error of the place (no permission, read-only, full, gone): the work waits, and counts no attempt
 * timer        a stored instant at which an incident gets a command by itself: escalate, auto-resolve
 * engine       what stores commands, decides them and performs effects; all state is in the database
 * lane         one queue with its own workers, so that a slow service delays no other
 * database     the tables and named queries of Muster, on PostgreSQL or embedded
 * clock        the only way to ask for the time; injected, so that tests and replays choose it
 * instant      ms since 1970 in UTC
 * stopwatch    measures durations; unlike the clock it never jumps
 * chat         the platform where people respond: a port
 * channel      a room of the chat; an incident of P3 and above has its own
 * link         a title and an address
 * plan         what the policy does for a priority: whom to page, when to escalate, update and auto-resolve
 * paging       the service that wakes people: a port
 * escalation   the steps that are paged one after the other until someone answers: one an incident, one for each other team
 * page         one request to wake people for an incident, and what became of it
 * schedule     who is on call when: rotations of people, with handoffs
 * shift        one person's stretch of a schedule
 * override     a shift that one person takes over from another
 * arrangement  what is arranged about no one incident, and holds for a time: an override, a silence
 * task         something to do: a task during the incident, a follow-up after it
 * update       what responders write for others, before the wait that the plan allows ends
 * audience     for whom an update is written: internal or customer
 * ticket       an issue in a tracker that follows an incident or a task
 * runbook      a Markdown page of steps for an alert, which Muster suggests or runs
 * action       what a step of a runbook can do (k8s.scale); one file each
 * run          one runbook at work for one alert, with a journal of its steps
 * approval     a person's yes to a step of a run that changes something
 * step         one action of a runbook with its input, guard and undo; of an escalation: whom to page next
 * integration  one vendor: its client, the ports that it offers, and its settings
 * cluster      the Kubernetes API, as far as actions need it: a port
 * postmortem   what was learned: a page computed from the timeline, with sections that people write
 * review       the way of a postmortem from draft to reviewed and closed, with its deadline
 * digest       what happened in a day or a week, in one message to the channel of digests
 * html         the template tag that builds HTML and escapes what is put in
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

/** What a pager reports of an alarm; "told" is everything that changes nothing here. */
export const PAGER_UPDATES = ["acknowledged", "unacknowledged", "resolved", "reopened", "told"] as const;
export type PagerUpdate = (typeof PAGER_UPDATES)[number];

/** By which way someone acts. `token`: the name of the token that the request carried. */
export type ActorVia = {
  readonly way: "chat" | "api" | "cli" | "dashboard" | "pager";
  readonly token?: string;
};

/**
 * Who did it. `id` is the id in their own world (an id of the chat, a source name); of a person of the policy, the one of
 * the chat. `via` is absent in what an earlier version stored.
 */
export type Actor = {
  readonly kind: "person" | "source" | "muster";
  readonly id: string;
  readonly name: string;
  readonly via?: ActorVia;
};

export const MUSTER_ACTOR: Actor = { kind: "muster", id: "muster", name: "Muster" };

/**
 * The queues of work. A version performs all that waits in one of its lanes, so a new type of effect gets a lane that the
 * version before does not work on: `pager` and `people` hold what came later than `page` and `chat`.
 */
export const LANES = ["apply", "timers", "page", "pager", "chat", "people", "ticket", "run"] as const;
export type Lane = (typeof LANES)[number];

/** What may wake an incident up by itself, at a stored instant. */
export const TIMERS = [
  "quiet",
  "escalate",
  "ticket",
  "archive",
  "update",
  "command",
  "ack",
  "review",
  "recheck",
] as const;
export type Timer = (typeof TIMERS)[number];

/** What we store of a person when they act: enough to name them later without asking anyone. */
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
