import type { Channel, Instant, Link, Person, Priority, Role, Status, TaskKind } from "#domain/values/language.ts";
import type { Plan } from "#domain/policy/priority-plan.ts";
import type { Route } from "#domain/policy/route.ts";
import { UNANSWERED_ESCALATION, type EscalationState } from "./escalation-state.ts";
import type { Page } from "./page.ts";
import type { Review } from "./postmortem-review.ts";
import type { Storm } from "./storm-state.ts";

export type { Page, PageStatus } from "./page.ts";

/** An alert as the timeline keeps it: enough to find the row and to read the line without it. */
export type AlertSnapshot = {
  readonly source: string;
  readonly fingerprint: string;
  readonly summary: string;
  readonly priority: Priority;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  /** The start as the source reports it, where that cannot be true. */
  readonly reportedStartsAt?: Instant;
};

export type AlertCounts = { readonly total: number; readonly firing: number; readonly flaps: number };

/** Something to do, during the incident or after it. `due`: an ISO date. `dropped`: why it will not be done, and by whom. */
export type Task = {
  readonly id: number;
  readonly kind: TaskKind;
  readonly text: string;
  readonly owner: Person | null;
  readonly due: string | null;
  readonly doneAt: Instant | null;
  readonly dropped?: string;
  /** Where the team works on it. */
  readonly ticket?: { readonly key: string; readonly url: string };
  /** The task of another incident that it was before a merge. */
  readonly origin?: { readonly incident: number; readonly id: number };
};

/** What responders owe those who wait outside: `due` is promised in the card; null when nothing is owed. */
export type Updates = {
  readonly last: Instant | null;
  readonly due: Instant | null;
  readonly sent: number;
  readonly onTime: number;
  /** ms without an update while one was owed, at the most. */
  readonly longestSilence: number;
  /** When someone is reminded next, and how often they were since the last update. */
  readonly remindAt: Instant | null;
  readonly reminders: number;
};

/** What a tracker refused to do with its tickets, and for which event: under that number it is asked for again. */
export type RefusedTicketChange = { readonly what: "close" | "reopen"; readonly seq: number };

/** When it is looked at again whether alerts still fire that no one answers for: by whose end, and since when. `by` null: no one ended it. */
export type AlertRecheck = { readonly at: Instant; readonly since: Instant; readonly by: Person | null };

/** The state of one incident: the fold of its events. Its alerts are rows of their own; here are only counts. */
export type Incident = {
  readonly number: number;
  /** Which incident of this number, as numbers begin again where a restored backup ends. From the row, not stored. */
  readonly uid?: string;
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
  /** Since when it is private, where everyone had seen it before; null: it was from the start, or is not. */
  readonly hiddenSince: Instant | null;
  readonly episode: number;
  /** Earliest start that any of its alerts reported. */
  readonly detectedAt: Instant;
  readonly openedAt: Instant;
  readonly acknowledgedAt: Instant | null;
  readonly acknowledgedBy: Person | null;
  /** When it was first answered, as a person put it right; null: as the answers show. */
  readonly answerCorrectedTo: Instant | null;
  readonly mitigatedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly resolvedBy: "alerts" | "person" | null;
  /** The latest stretches in which it was resolved before a reopening, in order. */
  readonly ups: readonly { readonly from: Instant; readonly to: Instant }[];
  readonly closedAt: Instant | null;
  /** When it will resolve by itself if nothing fires again. */
  readonly quietUntil: Instant | null;
  /** null: nothing fires, or people are at work on it. */
  readonly recheck: AlertRecheck | null;
  /** Someone canceled it as a false alarm: its alerts are silenced until they resolve. */
  readonly falseAlarm: { readonly by: Person; readonly reason: string } | null;
  /** Who ended it while alerts fired and has not given a reason. */
  readonly reasonOwedBy: Person | null;
  readonly alerts: { readonly total: number; readonly firing: number; readonly flaps: number };
  /** Groups whose latest delivery left members out, by group key and receiver: while any is here, silence proves nothing. */
  readonly truncated: Readonly<Record<string, number>>;
  readonly roles: Readonly<Record<Role, Person | null>>;
  readonly channel: Channel | null;
  readonly channelRequested: boolean;
  /** No channel could be opened: events are announced in the team's channel. */
  readonly channelFailed: boolean;
  readonly archived: boolean;
  /** Someone archived or deleted its channel, or removed Muster from it: no one reads Muster's messages there. */
  readonly channelLost: boolean;
  readonly pages: readonly Page[];
  /** That of the incident's own team. */
  readonly escalation: EscalationState;
  /** Those of other teams: whose alerts it holds, and whom people, runbooks or a storm called. */
  readonly teamEscalations: Readonly<Record<string, EscalationState>>;
  readonly tickets: readonly { readonly key: string; readonly url: string }[];
  readonly ticketRequested: boolean;
  /** Its tickets still show another end than it has: the tracker refused to close or re-open them for event `seq`. */
  readonly ticketRefused: RefusedTicketChange | null;
  readonly links: {
    readonly runbook: string | null;
    readonly dashboards: readonly Link[];
    readonly source: string | null;
  };
  readonly summary: string | null;
  /** Who declared it; null when alerts did. */
  readonly declaredBy: Person | null;
  /** Since when each role has its present holder. */
  readonly rolesSince: Readonly<Record<Role, Instant | null>>;
  /** Command is offered, with event `seq`; the commander keeps it until the offer is accepted. */
  readonly handoff: { readonly to: Person; readonly from: Person; readonly at: Instant; readonly seq?: number } | null;
  readonly updates: Updates;
  readonly tasks: readonly Task[];
  /** The highest number that a task ever had here: the number of one that was undone is not given again. */
  readonly lastTask: number;
  /** Messages that someone marked for the timeline, `channel:id`, each with who did. */
  readonly marks: Readonly<Record<string, readonly string[]>>;
  readonly mergedInto: number | null;
  /** The incidents that were merged into it, oldest first, with what undoing that puts back here. */
  readonly takenIn: readonly TakenIn[];
  /** How many channels it has had. */
  readonly channelsOpened: number;
  /** Since when the commander is out of the channel; null while they are in, or there is none. */
  readonly commanderAway: Instant | null;
  /** Who was brought in: with an incident that was merged into this one, or by someone who let them in (`from` null). */
  readonly guests: readonly {
    readonly person: Person;
    readonly from: number | null;
    /** When they were let in, or joined; absent in what an earlier version stored, and of a merge. */
    readonly at?: Instant;
  }[];
  /** Who gets its updates as direct messages. */
  readonly subscribers: readonly Person[];
  /** Who is in the channel of a private incident, by their ids; of one that everyone sees it is not kept. */
  readonly members: readonly string[];
  /** The last activity of a person on this incident. */
  readonly heardAt: Instant | null;
  /** When its acknowledgement expires unless someone is active before; null: it does not. */
  readonly ackUntil: Instant | null;
  /** How many reminders of a missing commander went out. */
  readonly commandReminders: number;
  /** It gathers what would have been many incidents; null for every other. */
  readonly storm: Storm | null;
  readonly postmortem: Review;
  /** What the last verb of a person would be taken back to: the last of `undos`, for the version before. */
  readonly undo: Undo | null;
  /** The latest verbs of people, oldest first, each with what undoing it puts back. */
  readonly undos: readonly Undo[];
  /** What a merge ended, which `unmerge` puts back; null while it is not merged. */
  readonly beforeMerge: Partial<RestorableFields> | null;
  /** Number of the last event; the next is one more. */
  readonly lastEvent: number;
};

/** What an incident had before it took in another. */
export type TakenIn = {
  readonly from: number;
  readonly at: Instant;
  /** The priority of the other; absent in what an earlier version stored. */
  readonly priority?: Priority;
  /** Keys of the pages that came along with it. */
  readonly pages: readonly string[];
  /** Since when it had been mitigated here, where the alerts of the other revoked that. */
  readonly mitigatedAt?: Instant;
  /** Other teams that were looked for here already. */
  readonly teams: readonly string[];
  /** Roles that came along with it. */
  readonly roles?: readonly { readonly role: Role; readonly person: Person }[];
  readonly before: Pick<Incident, "priority" | "priorityReason" | "peak" | "pinned" | "unmapped" | "escalation">;
};

/** What a verb changes at most, and what taking it back restores. */
export type RestorableFields = Pick<
  Incident,
  | "status"
  | "detectedAt"
  | "acknowledgedAt"
  | "acknowledgedBy"
  | "answerCorrectedTo"
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
  | "teamEscalations"
  | "commandReminders"
  | "commanderAway"
  | "postmortem"
  | "mergedInto"
  | "recheck"
  | "falseAlarm"
  | "reasonOwedBy"
>;

/** `command` is the evidence of the verb: events with the same are one verb. `strikes` are the numbers of events that wrote something. */
export type Undo = {
  readonly command: string;
  readonly by: Person;
  readonly at: Instant;
  readonly what: string;
  readonly restore: Partial<RestorableFields>;
  /** What it changed of fields that several people work on, by part (`tasks.3`): the entry before, or null. Earlier versions kept none. */
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly strikes: readonly number[];
  /** Keys of pages that were a call of their own. */
  readonly withdraws: readonly string[];
  /** Keys of the pages that it answered; absent in what an earlier version stored. */
  readonly answers?: readonly string[];
  /** Nothing of it can be taken back here. */
  readonly final?: true;
  /** Why not, in words; absent in what an earlier version stored. */
  readonly refusal?: string;
};

/** What an incident has from the start; stored states of earlier versions lack some of it. */
export const INCIDENT_DEFAULTS = {
  recheck: null,
  falseAlarm: null,
  reasonOwedBy: null,
  answerCorrectedTo: null,
  ups: [],
  escalation: UNANSWERED_ESCALATION,
  teamEscalations: {},
  summary: null,
  declaredBy: null,
  rolesSince: { commander: null, tech: null, comms: null, scribe: null },
  handoff: null,
  updates: { last: null, due: null, sent: 0, onTime: 0, longestSilence: 0, remindAt: null, reminders: 0 },
  tasks: [],
  lastTask: 0,
  ticketRefused: null,
  marks: {},
  mergedInto: null,
  takenIn: [],
  channelsOpened: 0,
  channelLost: false,
  commanderAway: null,
  members: [],
  hiddenSince: null,
  guests: [],
  subscribers: [],
  commandReminders: 0,
  heardAt: null,
  ackUntil: null,
  storm: null,
  postmortem: { state: "draft", owner: null, reviewers: [], due: null, nudges: 0, nudgeAt: null, waived: [] },
  undo: null,
  undos: [],
  beforeMerge: null,
} as const satisfies Partial<Incident>;

export const UNASSIGNED_ROLES: Incident["roles"] = { commander: null, tech: null, comms: null, scribe: null };

/**
 * Whether an incident is announced by notice in its team's channel: it has no channel of its own, is too urgent for the
 * digest, and is not private.
 */
export function hasTeamNotice({ channelRequested, plan, private: hidden }: Incident): boolean {
  return !hidden && !channelRequested && plan.notify === "team";
}
