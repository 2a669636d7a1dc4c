import type * as channelEvents from "#domain/events/definitions/channel-events.ts";
import type * as messageEvents from "#domain/events/definitions/message-events.ts";
import { aMessage } from "#test/support/builders/events.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const CHANNEL_SIDE_EFFECTS: SideEffectRowsOf<typeof channelEvents | typeof messageEvents> = {
  "message.marked": {
    fact: { type: "message.marked", data: { channel: "C1", id: "1.0", thread: "0.5" } },
    effects: [{ type: "chat.capture", channel: "C1", id: "1.0", thread: "0.5" }],
    shown: false,
  },
  "message.unmarked": {
    fact: { type: "message.unmarked", data: { channel: "C1", id: "1.0" } },
    effects: [{ type: "chat.capture", channel: "C1", id: "1.0", thread: null }],
    shown: false,
  },
  "message.captured": {
    fact: { type: "message.captured", data: { channel: "C1", message: aMessage() } },
    shown: false,
  },
  "message.edited": { fact: { type: "message.edited", data: { channel: "C1", id: "1.0", text: "t" } }, shown: false },
  "message.deleted": { fact: { type: "message.deleted", data: { channel: "C1", id: "1.0" } }, shown: false },
  "member.joined": { fact: { type: "member.joined", data: { person: BOB_PERSON } }, shown: false },
  "member.left": {
    fact: { type: "member.left", data: { person: BOB_PERSON } },
    after: { roles: { commander: BOB_PERSON, tech: null, comms: null, scribe: null } },
    effects: [{ type: "chat.direct", to: BOB_PERSON, about: { kind: "still-commander" }, seq: 1 }],
  },
  "channel.renamed": { fact: { type: "channel.renamed", data: { name: "n" } } },
  "channel.drifted": {
    fact: { type: "channel.drifted", data: { what: "w", repaired: false } },
    effects: [
      { type: "chat.relay", channel: "incidents", seq: 1 },
      { type: "chat.relay", channel: "team-orders", seq: 1 },
    ],
  },
  "channel.opened": {
    fact: { type: "channel.opened", data: { channel: { id: "C", name: "inc-1", url: "" } } },
    effects: [{ type: "chat.bookmarks" }, { type: "chat.members" }],
  },
  "channel.failed": { fact: { type: "channel.failed", data: { reason: "r" } } },
  "channel.archived": { fact: { type: "channel.archived", data: {} }, after: { archived: true }, shown: false },
  "chat.failed": { fact: { type: "chat.failed", data: { what: "w", reason: "r" } }, shown: false },
};
