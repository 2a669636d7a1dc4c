import type { ImportedMessage } from "./command.ts";
import type { Undo } from "./incident.ts";
import type { Actor, Audience, Channel, Instant, Link, Milestone, Person, Priority, Role, Status, TaskKind, TicketChange } from "#domain/values/language.ts";
import type { Plan } from "#domain/policy/policy.ts";
import type { Route } from "#domain/policy/route.ts";
import type { RunEvent } from "#domain/automation/run-event.ts";

/** An alert as the timeline keeps it: enough to find the row and to read the line without it. */
export type AlertSnapshot = {
  readonly source: string;
  readonly fingerprint: string;
  readonly summary: string;
  readonly priority: Priority;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
};

export type AlertCounts = { readonly total: number; readonly firing: number; readonly flaps: number };

/** What an event says besides who and when. Additive only: old rows are read by new code and the reverse. */
export type Fact =
  | {
      readonly type: "incident.opened";
      readonly data: {
        readonly number: number;
        readonly key: string;
        readonly title: string;
        readonly priority: Priority;
        readonly priorityReason: string;
        readonly unmapped: boolean;
        readonly plan: Plan;
        readonly route: Route;
        readonly drill: boolean;
        readonly private: boolean;
        readonly detectedAt: Instant;
        /** Of a person's declaration; absent when alerts opened it. */
        readonly declared?: { readonly by: Person; readonly summary: string | null; readonly page: boolean };
        readonly links: { readonly runbook: string | null; readonly dashboards: readonly Link[]; readonly source: string | null };
      };
    }
  /** `count` alerts began to fire; `added` of them had never belonged to this incident. */
  | {
      readonly type: "alerts.fired";
      readonly data: {
        readonly count: number;
        readonly added: number;
        readonly again: boolean;
        readonly earliestStart: Instant;
        readonly alerts: readonly AlertSnapshot[];
      };
    }
  | { readonly type: "alerts.flapped"; readonly data: { readonly count: number; readonly alerts: readonly AlertSnapshot[] } }
  | { readonly type: "alerts.resolved"; readonly data: { readonly count: number; readonly alerts: readonly AlertSnapshot[] } }
  /** Alerts that were still counted as firing here began to fire anew in another incident. */
  | { readonly type: "alerts.moved"; readonly data: { readonly count: number; readonly to: number } }
  /** Alerts that should have been told of again and were not: nobody knows whether they still fire. */
  | { readonly type: "alerts.unheard"; readonly data: { readonly count: number; readonly since: Instant } }
  /** `hidden` members of a group were left out of its latest delivery; 0 when the list is whole again. */
  /** What would have been so many incidents was taken in. */
  | {
      readonly type: "storm.gathered";
      readonly data: {
        readonly count: number;
        readonly services: Readonly<Record<string, number>>;
        readonly until: Instant;
        readonly recent: readonly Instant[];
        /** Teams that are paged for it. */
        readonly paged: readonly string[];
      };
    }
  | { readonly type: "delivery.truncated"; readonly data: { readonly group: string; readonly hidden: number } }
  | { readonly type: "quiet.began"; readonly data: { readonly until: Instant } }
  | { readonly type: "quiet.ended"; readonly data: Record<never, never> }
  | {
      readonly type: "priority.changed";
      readonly data: {
        readonly from: Priority;
        readonly to: Priority;
        readonly reason: string;
        readonly pin: { readonly ceiling: Priority } | null;
        readonly unmapped: boolean;
        readonly plan: Plan;
      };
    }
  /** `alarm`: it was said there, so that alarm needs not be told. */
  | { readonly type: "incident.acknowledged"; readonly data: { readonly alarm?: string } }
  /** Whoever had it let it go: the ladder is climbed again. */
  | { readonly type: "incident.unacknowledged"; readonly data: { readonly reason: string } }
  | { readonly type: "pager.told"; readonly data: { readonly text: string } }
  | { readonly type: "incident.mitigated"; readonly data: Record<never, never> }
  | {
      readonly type: "incident.resolved";
      readonly data: { readonly by: "alerts" | "person"; readonly reason: string | null; readonly firing: number; readonly alarm?: string };
    }
  // `again`: it was over, and has begun anew; else it was not over.
  | { readonly type: "incident.reopened"; readonly data: { readonly status: Status; readonly reason: string; readonly again?: true } }
  | { readonly type: "incident.closed"; readonly data: Record<never, never> }
  | { readonly type: "incident.canceled"; readonly data: { readonly reason: string } }
  /** It goes on as a part of another, which has its alerts now. */
  | { readonly type: "incident.merged"; readonly data: { readonly into: number; readonly alerts: AlertCounts } }
  /** Alerts that came from, or went back to, another incident in a merge or its undoing; `back`: they had been ours before. */
  | { readonly type: "alerts.absorbed"; readonly data: { readonly from: number; readonly alerts: AlertCounts; readonly back?: true } }
  | { readonly type: "alerts.returned"; readonly data: { readonly to: number; readonly alerts: AlertCounts } }
  | { readonly type: "title.changed"; readonly data: { readonly from: string; readonly to: string } }
  /** A person's last verb was taken back: what it had changed is as before, and what it wrote is struck out. */
  | {
      readonly type: "verb.undone";
      readonly data: {
        readonly what: string;
        readonly was: Status;
        /** Roles that somebody has again. */
        readonly regained?: readonly Role[];
      } & Pick<Undo, "restore" | "strikes" | "withdraws">;
    }
  | { readonly type: "handoff.offered"; readonly data: { readonly to: Person } }
  | { readonly type: "handoff.ended"; readonly data: { readonly to: Person; readonly how: "declined" | "withdrawn" } }
  /** Somebody holds the pager but nobody has command; `reminder` counts from 1. */
  | { readonly type: "command.missing"; readonly data: { readonly reminder: number; readonly next: Instant | null } }
  | { readonly type: "note.added"; readonly data: { readonly text: string } }
  /** `from`: what was written down before; null when nothing was. */
  | { readonly type: "milestone.corrected"; readonly data: { readonly milestone: Milestone; readonly from: Instant | null; readonly to: Instant } }
  | { readonly type: "message.marked"; readonly data: { readonly channel: string; readonly id: string; readonly thread: string | null } }
  | { readonly type: "message.unmarked"; readonly data: { readonly channel: string; readonly id: string } }
  | { readonly type: "message.captured"; readonly data: { readonly channel: string; readonly message: ImportedMessage } }
  | { readonly type: "message.edited"; readonly data: { readonly channel: string; readonly id: string; readonly text: string } }
  | { readonly type: "message.deleted"; readonly data: { readonly channel: string; readonly id: string } }
  | { readonly type: "update.posted"; readonly data: { readonly text: string; readonly audience: Audience } }
  | { readonly type: "update.overdue"; readonly data: { readonly due: Instant; readonly owed: Person; readonly reminder: number } }
  | {
      readonly type: "task.added";
      readonly data: { readonly id: number; readonly kind: TaskKind; readonly text: string; readonly owner: Person | null; readonly due: string | null };
    }
  | { readonly type: "task.done"; readonly data: { readonly id: number } }
  | { readonly type: "task.ticket_wanted"; readonly data: { readonly id: number } }
  | { readonly type: "task.ticketed"; readonly data: { readonly id: number; readonly key: string; readonly url: string; readonly note?: string } }
  | { readonly type: "task.ticket_failed"; readonly data: { readonly id: number; readonly reason: string } }
  | { readonly type: "member.joined"; readonly data: { readonly person: Person } }
  | { readonly type: "member.left"; readonly data: { readonly person: Person } }
  | { readonly type: "channel.renamed"; readonly data: { readonly name: string } }
  /** Somebody changed in the channel by hand what Muster keeps there, and what was done about it. */
  | { readonly type: "channel.drifted"; readonly data: { readonly what: string; readonly repaired: boolean } }
  | { readonly type: "role.assigned"; readonly data: { readonly role: Role; readonly person: Person | null } }
  | {
      readonly type: "page.requested";
      readonly data: {
        readonly key: string;
        readonly to: string;
        readonly people: readonly string[];
        readonly priority: Priority;
        readonly reason: string;
        /** Their ids in the chat, as far as they are known: they are told there too. */
        readonly chat?: readonly string[];
        /** A call for somebody in particular: an alarm of its own for the pager, not one more word on the incident's. */
        readonly apart?: true;
        /** Whose alarm it is, when not the incident's own team's. */
        readonly team?: string;
      };
    }
  | { readonly type: "page.sent"; readonly data: { readonly key: string; readonly to: string; readonly via: string } }
  | { readonly type: "page.delayed"; readonly data: { readonly key: string; readonly to: string; readonly reason: string } }
  | { readonly type: "page.failed"; readonly data: { readonly key: string; readonly to: string; readonly reason: string } }
  /** Nobody is woken for it: they were woken too often lately. */
  | { readonly type: "page.held"; readonly data: { readonly to: string; readonly people: readonly string[]; readonly reason: string } }
  /** Somebody was heard from: the acknowledgement holds until then. */
  | { readonly type: "acknowledgement.extended"; readonly data: { readonly until: Instant } }
  | { readonly type: "escalation.armed"; readonly data: { readonly step: number; readonly to: string; readonly due: Instant } }
  | { readonly type: "escalation.advanced"; readonly data: { readonly step: number; readonly to: string; readonly reason: string } }
  | { readonly type: "escalation.exhausted"; readonly data: { readonly reason: string } }
  | { readonly type: "ticket.requested"; readonly data: { readonly reason: string } }
  | { readonly type: "ticket.opened"; readonly data: { readonly key: string; readonly url: string; readonly note?: string } }
  /** What became of the incident stands there too; `note`: what the tracker did not do, and why. */
  | { readonly type: "ticket.updated"; readonly data: { readonly key: string; readonly how: TicketChange; readonly note?: string } }
  /** `what` is absent when none could be opened. */
  | { readonly type: "ticket.failed"; readonly data: { readonly reason: string; readonly what?: "close" | "reopen" } }
  | { readonly type: "channel.opened"; readonly data: { readonly channel: Channel } }
  | { readonly type: "channel.failed"; readonly data: { readonly reason: string } }
  | { readonly type: "channel.archived"; readonly data: Record<never, never> }
  | { readonly type: "chat.failed"; readonly data: { readonly what: string; readonly reason: string } }
  | { readonly type: "draft.posted"; readonly data: { readonly url: string } }
  | RunEvent
  /** The texts themselves are kept apart, each with its version. */
  | { readonly type: "postmortem.written"; readonly data: { readonly sections: readonly string[] } }
  | { readonly type: "postmortem.published"; readonly data: { readonly where: string; readonly key: string; readonly url: string; readonly note?: string } }
  | { readonly type: "postmortem.unpublished"; readonly data: { readonly where: string; readonly reason: string } }
  /** A postmortem is due; `next`: when its owner is reminded. */
  | { readonly type: "postmortem.asked"; readonly data: { readonly owner: Person | null; readonly due: string; readonly next: Instant | null } }
  | { readonly type: "postmortem.owned"; readonly data: { readonly owner: Person } }
  | {
      readonly type: "postmortem.nudged";
      readonly data: {
        readonly owner: Person | null;
        readonly due: string;
        readonly overdue: boolean;
        readonly reminder: number;
        readonly next: Instant | null;
      };
    }
  | { readonly type: "postmortem.review_asked"; readonly data: { readonly reviewers: readonly Person[] } }
  /** `version`: of the texts that passed the linter. */
  | { readonly type: "postmortem.reviewed"; readonly data: { readonly version: string } }
  | { readonly type: "postmortem.closed"; readonly data: Record<never, never> }
  | { readonly type: "postmortem.gap_waived"; readonly data: { readonly from: Instant; readonly to: Instant; readonly reason: string } }
  | { readonly type: "command.refused"; readonly data: { readonly command: string; readonly reason: string } };

export type FactType = Fact["type"];

/** Where the proof of an event is: the stored command it came from, and a link where one exists. */
export type Evidence = { readonly command: string; readonly permalink: string | null };

/** One line of an incident's timeline. `at` is when it happened, `recordedAt` when Muster knew. */
export type Event = Fact & {
  readonly seq: number;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly actor: Actor;
  readonly evidence: Evidence;
};
