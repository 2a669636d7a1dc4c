import type { ArrangementCommand } from "./arrangement.ts";
import type { Instant, Lane, Person, Priority, Role, Timer } from "#domain/values/language.ts";
import type { ReplyTo } from "./reply-to.ts";

/**
 * A wish towards the outside world. Standing effects (`chat.header` …) carry no content: whoever performs one
 * looks up the latest state, so that a burst of changes costs one call and an outage costs no backlog.
 */
export type Effect =
  | {
      readonly type: "page.trigger";
      readonly key: string;
      readonly to: string;
      readonly people: readonly string[];
      readonly priority: Priority;
      readonly episode: number;
    }
  /** `except`: the alarm that was the first to know. */
  | { readonly type: "page.acknowledge"; readonly episode: number; readonly except?: string }
  | { readonly type: "page.resolve"; readonly episode: number; readonly except?: string }
  /** What event `seq` says, on the pager's page of the alarm. */
  | { readonly type: "page.annotate"; readonly seq: number }
  /** The pager's page of the alarm shows where people meet and how bad it is. */
  | { readonly type: "page.describe" }
  /** A page was taken back. `episode` when it began the incident's own alarm, else it was a call for somebody in particular. */
  | { readonly type: "page.withdraw"; readonly key: string }
  /** `had`: how many channels the incident has had; one that was archived is not opened again. */
  | { readonly type: "chat.channel"; readonly had: number }
  | { readonly type: "chat.header" }
  | { readonly type: "chat.topic" }
  | { readonly type: "chat.bookmarks" }
  | { readonly type: "chat.members" }
  | { readonly type: "chat.feed" }
  | { readonly type: "chat.announce"; readonly channel: string }
  | { readonly type: "chat.notices"; readonly channel: string }
  | { readonly type: "chat.digest"; readonly channel: string; readonly day: string }
  /** The figures of the seven days before this one's hour. */
  | { readonly type: "chat.week"; readonly channel: string; readonly day: string }
  | { readonly type: "chat.draft"; readonly episode: number }
  /** The postmortem in the channel's canvas. */
  | { readonly type: "chat.canvas" }
  | { readonly type: "chat.archive"; readonly channel: string }
  | { readonly type: "chat.whisper"; readonly to: ReplyTo; readonly text: string; readonly command: string }
  /** A message for one person alone, about what event `seq` says. */
  | { readonly type: "chat.direct"; readonly to: Person; readonly about: MessageTopic; readonly seq: number }
  /** An update, told where incidents are watched. */
  | { readonly type: "chat.relay"; readonly channel: string; readonly seq: number }
  /** Command is offered: the state of everything, for whoever is to take it. */
  | { readonly type: "chat.handoff"; readonly seq: number }
  /** Where a merged incident goes on. */
  | { readonly type: "chat.pointer"; readonly into: number }
  /** A message is in the timeline or not, as its marks say. */
  | { readonly type: "chat.capture"; readonly channel: string; readonly id: string; readonly thread: string | null }
  /** What Muster keeps in the channel is looked at, and put right. */
  | { readonly type: "chat.check" }
  /** What somebody arranged, told where it matters. */
  | {
      readonly type: "chat.arranged";
      readonly channel: string;
      readonly command: number;
      readonly by: string;
      readonly what: ArrangementCommand;
    }
  /** Somebody's shift has begun. */
  | { readonly type: "chat.shift"; readonly channel: string; readonly schedule: string; readonly at: Instant }
  /** A group of the chat has whoever is on call as its members. */
  | { readonly type: "chat.group"; readonly schedule: string }
  /** How a runbook at work is getting on, in one message that changes. */
  | { readonly type: "chat.run"; readonly run: number }
  | { readonly type: "ticket.open" }
  /** The postmortem, where documents are kept. */
  | { readonly type: "ticket.postmortem" }
  /** A follow-up gets a ticket of its own. */
  | { readonly type: "ticket.followup"; readonly task: number }
  /** What event `seq` says, on the incident's tickets: it is over, or it goes on. */
  | { readonly type: "ticket.close"; readonly seq: number }
  | { readonly type: "ticket.reopen"; readonly seq: number };

/** What a message for one person is about. */
export type MessageTopic =
  | { readonly kind: "role"; readonly role: Role }
  | { readonly kind: "update-owed" }
  | { readonly kind: "still-commander" }
  | { readonly kind: "handoff" }
  /** A postmortem that they own, or are to read. */
  | { readonly kind: "postmortem" }
  | { readonly kind: "review" }
  /** `key`: which page; absent in what an earlier version stored. */
  | { readonly kind: "page"; readonly key?: string };

export type EffectType = Effect["type"];

export type CoalescingIntervals = { readonly [T in EffectType]: number | null };

/** ms between two performances of a standing effect; null for one that happens once. */
export const COALESCING_INTERVALS: CoalescingIntervals = {
  "page.trigger": null,
  "page.acknowledge": null,
  "page.resolve": null,
  "page.withdraw": null,
  "page.annotate": null,
  "page.describe": 2_000,
  "chat.channel": 1_000,
  "chat.header": 1_000,
  "chat.topic": 1_000,
  "chat.bookmarks": 5_000,
  "chat.members": 2_000,
  "chat.feed": 1_000,
  "chat.announce": 2_000,
  "chat.notices": 1_500,
  "chat.digest": null,
  "chat.week": null,
  "chat.draft": null,
  "chat.canvas": 60_000,
  "chat.archive": 1_000,
  "chat.whisper": null,
  "chat.direct": null,
  "chat.relay": null,
  "chat.handoff": null,
  "chat.pointer": null,
  "chat.capture": 1_000,
  "chat.check": 1_000,
  "chat.arranged": null,
  "chat.shift": null,
  "chat.group": 1_000,
  "chat.run": 1_000,
  "ticket.open": null,
  "ticket.followup": null,
  "ticket.postmortem": 60_000,
  "ticket.close": null,
  "ticket.reopen": null,
};

/** The queue an effect waits in, so that a slow chat delays no page. */
export function laneOf(type: EffectType): Lane {
  return type.slice(0, type.indexOf(".")) as "page" | "chat" | "ticket";
}

/**
 * What makes asking twice the same as asking once. A page is known by its own key and an acknowledgement by its
 * episode; a standing effect has one key for its whole life.
 */
export function effectKey(effect: Effect, incident: number | null): string {
  const of = incident === null ? effect.type : `${effect.type}:INC-${incident}`;
  switch (effect.type) {
    case "page.trigger":
      return `page.trigger:${effect.key}`;
    case "page.acknowledge":
    case "page.resolve":
    case "chat.draft":
      return `${of}:${effect.episode}`;
    case "page.withdraw":
      return `page.withdraw:${effect.key}`;
    case "chat.channel":
      return `${of}:channel-${effect.had}`;
    case "chat.direct":
      return `${of}:${effect.seq}:${effect.to.id}`;
    case "chat.relay":
      return `${of}:${effect.seq}:${effect.channel}`;
    case "chat.handoff":
    case "page.annotate":
    case "ticket.close":
    case "ticket.reopen":
      return `${of}:${effect.seq}`;
    case "ticket.followup":
      return `${of}:task-${effect.task}`;
    case "chat.pointer":
      return `${of}:${effect.into}`;
    case "chat.capture":
      return `${of}:${effect.channel}:${effect.id}`;
    case "chat.announce":
    case "chat.archive":
      return `${of}:${effect.channel}`;
    case "chat.notices":
      return `${effect.type}:${effect.channel}`;
    case "chat.digest":
    case "chat.week":
      return `${effect.type}:${effect.channel}:${effect.day}`;
    case "chat.arranged":
      return `${effect.type}:${effect.command}:${effect.channel}`;
    case "chat.shift":
      return `${effect.type}:${effect.schedule}:${effect.at}:${effect.channel}`;
    case "chat.group":
      return `${effect.type}:${effect.schedule}`;
    case "chat.run":
      return `${of}:${effect.run}`;
    case "chat.whisper":
      return `${of}:${effect.command}`;
    case "chat.header":
    case "chat.topic":
    case "chat.bookmarks":
    case "chat.members":
    case "chat.feed":
    case "chat.check":
    case "page.describe":
    case "chat.canvas":
    case "ticket.open":
    case "ticket.postmortem":
      return of;
  }
}

/** Set (`at`) or cleared (null). */
export type TimerChange = { readonly timer: Timer; readonly at: Instant | null };
