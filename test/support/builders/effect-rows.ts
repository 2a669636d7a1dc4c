import type { EffectOfType, EffectType } from "#domain/effects/effect-registry.ts";
import type { Lane } from "#domain/values/language.ts";

/** How an effect that INC-7 requests is stored. */
type EffectRow<T extends EffectType> = {
  readonly effect: EffectOfType<T>;
  readonly key: string;
  readonly lane: Lane;
  /** Shared effects are of no incident. */
  readonly incident: 7 | null;
  readonly every: number | null;
};

/** One of each effect as every version of Muster stores it: written down, not computed. Rows are added, none changes. */
export const EFFECT_ROWS: { readonly [T in EffectType]: EffectRow<T> } = {
  "page.trigger": {
    effect: { type: "page.trigger", key: "INC-7:1:P1:0", to: "Alice", people: ["alice"], priority: "P1", episode: 1 },
    key: "page.trigger:INC-7:1:P1:0",
    lane: "page",
    incident: 7,
    every: null,
  },
  "page.acknowledge": {
    effect: { type: "page.acknowledge", episode: 2, except: "muster:INC-7:1:P1:0:uid" },
    key: "page.acknowledge:INC-7:2",
    lane: "page",
    incident: 7,
    every: null,
  },
  "page.resolve": {
    effect: { type: "page.resolve", episode: 2 },
    key: "page.resolve:INC-7:2",
    lane: "page",
    incident: 7,
    every: null,
  },
  "page.withdraw": {
    effect: { type: "page.withdraw", key: "INC-7:1:P1:0" },
    key: "page.withdraw:INC-7:1:P1:0",
    lane: "page",
    incident: 7,
    every: null,
  },
  "page.annotate": {
    effect: { type: "page.annotate", seq: 4 },
    key: "page.annotate:INC-7:4",
    lane: "page",
    incident: 7,
    every: null,
  },
  "page.describe": {
    effect: { type: "page.describe" },
    key: "page.describe:INC-7",
    lane: "page",
    incident: 7,
    every: 2000,
  },
  "chat.channel": {
    effect: { type: "chat.channel", had: 0 },
    key: "chat.channel:INC-7:channel-0",
    lane: "chat",
    incident: 7,
    every: 1000,
  },
  "chat.header": { effect: { type: "chat.header" }, key: "chat.header:INC-7", lane: "chat", incident: 7, every: 1000 },
  "chat.topic": { effect: { type: "chat.topic" }, key: "chat.topic:INC-7", lane: "chat", incident: 7, every: 1000 },
  "chat.bookmarks": {
    effect: { type: "chat.bookmarks" },
    key: "chat.bookmarks:INC-7",
    lane: "chat",
    incident: 7,
    every: 5000,
  },
  "chat.members": {
    effect: { type: "chat.members" },
    key: "chat.members:INC-7",
    lane: "chat",
    incident: 7,
    every: 2000,
  },
  "chat.feed": { effect: { type: "chat.feed" }, key: "chat.feed:INC-7", lane: "chat", incident: 7, every: 1000 },
  "chat.announce": {
    effect: { type: "chat.announce", channel: "incidents" },
    key: "chat.announce:INC-7:incidents",
    lane: "chat",
    incident: 7,
    every: 2000,
  },
  "chat.notices": {
    effect: { type: "chat.notices", channel: "incidents" },
    key: "chat.notices:incidents",
    lane: "chat",
    incident: null,
    every: 1500,
  },
  "chat.digest": {
    effect: { type: "chat.digest", channel: "incidents", day: "2026-11-21" },
    key: "chat.digest:incidents:2026-11-21",
    lane: "chat",
    incident: null,
    every: null,
  },
  "chat.week": {
    effect: { type: "chat.week", channel: "incidents", day: "2026-11-23" },
    key: "chat.week:incidents:2026-11-23",
    lane: "chat",
    incident: null,
    every: null,
  },
  "chat.draft": {
    effect: { type: "chat.draft", episode: 1 },
    key: "chat.draft:INC-7:1",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.canvas": { effect: { type: "chat.canvas" }, key: "chat.canvas:INC-7", lane: "chat", incident: 7, every: 60000 },
  "chat.archive": {
    effect: { type: "chat.archive", channel: "C1" },
    key: "chat.archive:INC-7:C1",
    lane: "chat",
    incident: 7,
    every: 1000,
  },
  "chat.whisper": {
    effect: { type: "chat.whisper", to: { channel: "C1", user: "U1", url: null }, text: "t", command: "5" },
    key: "chat.whisper:INC-7:5",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.direct": {
    effect: {
      type: "chat.direct",
      to: { id: "U0BOB0001", name: "Bob" },
      about: { kind: "page", key: "INC-7:1:P1:0" },
      seq: 3,
    },
    key: "chat.direct:INC-7:3:U0BOB0001",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.call": {
    effect: { type: "chat.call", seq: 3 },
    key: "chat.call:INC-7:3",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.relay": {
    effect: { type: "chat.relay", channel: "incidents", seq: 3 },
    key: "chat.relay:INC-7:3:incidents",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.handoff": {
    effect: { type: "chat.handoff", seq: 3 },
    key: "chat.handoff:INC-7:3",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.pointer": {
    effect: { type: "chat.pointer", into: 2 },
    key: "chat.pointer:INC-7:2",
    lane: "chat",
    incident: 7,
    every: null,
  },
  "chat.capture": {
    effect: { type: "chat.capture", channel: "C1", id: "1.0", thread: null },
    key: "chat.capture:INC-7:C1:1.0",
    lane: "chat",
    incident: 7,
    every: 1000,
  },
  "chat.check": { effect: { type: "chat.check" }, key: "chat.check:INC-7", lane: "chat", incident: 7, every: 1000 },
  "chat.arranged": {
    effect: {
      type: "chat.arranged",
      channel: "incidents",
      command: 12,
      by: "Bob",
      what: { type: "mute.lift", mute: 3 },
    },
    key: "chat.arranged:12:incidents",
    lane: "chat",
    incident: null,
    every: null,
  },
  "chat.shift": {
    effect: { type: "chat.shift", channel: "incidents", schedule: "primary", at: 1795000000000 },
    key: "chat.shift:primary:1795000000000:incidents",
    lane: "chat",
    incident: null,
    every: null,
  },
  "chat.group": {
    effect: { type: "chat.group", schedule: "primary" },
    key: "chat.group:primary",
    lane: "chat",
    incident: null,
    every: 1000,
  },
  "chat.run": {
    effect: { type: "chat.run", run: 31 },
    key: "chat.run:INC-7:31",
    lane: "chat",
    incident: 7,
    every: 1000,
  },
  "ticket.open": {
    effect: { type: "ticket.open" },
    key: "ticket.open:INC-7",
    lane: "ticket",
    incident: 7,
    every: null,
  },
  "ticket.postmortem": {
    effect: { type: "ticket.postmortem" },
    key: "ticket.postmortem:INC-7",
    lane: "ticket",
    incident: 7,
    every: 60000,
  },
  "ticket.followup": {
    effect: { type: "ticket.followup", task: 2 },
    key: "ticket.followup:INC-7:task-2",
    lane: "ticket",
    incident: 7,
    every: null,
  },
  "ticket.close": {
    effect: { type: "ticket.close", seq: 9 },
    key: "ticket.close:INC-7:9",
    lane: "ticket",
    incident: 7,
    every: null,
  },
  "ticket.reopen": {
    effect: { type: "ticket.reopen", seq: 12 },
    key: "ticket.reopen:INC-7:12",
    lane: "ticket",
    incident: 7,
    every: null,
  },
};
