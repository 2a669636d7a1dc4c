import type { Instant, Lane, Priority, Timer } from "./language.ts";
import type { ReplyTo } from "./command.ts";

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
  | { readonly type: "page.acknowledge"; readonly episode: number }
  | { readonly type: "page.resolve"; readonly episode: number }
  | { readonly type: "chat.channel"; readonly episode: number }
  | { readonly type: "chat.header" }
  | { readonly type: "chat.topic" }
  | { readonly type: "chat.bookmarks" }
  | { readonly type: "chat.members" }
  | { readonly type: "chat.feed" }
  | { readonly type: "chat.announce"; readonly channel: string }
  | { readonly type: "chat.notices"; readonly channel: string }
  | { readonly type: "chat.digest"; readonly channel: string; readonly day: string }
  | { readonly type: "chat.draft"; readonly episode: number }
  | { readonly type: "chat.archive"; readonly channel: string }
  | { readonly type: "chat.whisper"; readonly to: ReplyTo; readonly text: string; readonly command: string }
  | { readonly type: "ticket.open" };

export type EffectType = Effect["type"];

export type Standing = { readonly [T in EffectType]: number | null };

/** ms between two performances of a standing effect; null for one that happens once. */
export const STANDING: Standing = {
  "page.trigger": null,
  "page.acknowledge": null,
  "page.resolve": null,
  "chat.channel": null,
  "chat.header": 1_000,
  "chat.topic": 1_000,
  "chat.bookmarks": 5_000,
  "chat.members": 2_000,
  "chat.feed": 1_000,
  "chat.announce": 2_000,
  "chat.notices": 1_500,
  "chat.digest": null,
  "chat.draft": null,
  "chat.archive": null,
  "chat.whisper": null,
  "ticket.open": null,
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
    case "chat.channel":
    case "chat.draft":
      return `${of}:${effect.episode}`;
    case "chat.announce":
    case "chat.archive":
      return `${of}:${effect.channel}`;
    case "chat.notices":
      return `${effect.type}:${effect.channel}`;
    case "chat.digest":
      return `${effect.type}:${effect.channel}:${effect.day}`;
    case "chat.whisper":
      return `${of}:${effect.command}`;
    case "chat.header":
    case "chat.topic":
    case "chat.bookmarks":
    case "chat.members":
    case "chat.feed":
    case "ticket.open":
      return of;
  }
}

/** Set (`at`) or cleared (null). */
export type TimerChange = { readonly timer: Timer; readonly at: Instant | null };
