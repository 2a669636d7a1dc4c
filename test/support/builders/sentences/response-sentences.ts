import type * as channelEvents from "#domain/events/definitions/channel-events.ts";
import type * as messageEvents from "#domain/events/definitions/message-events.ts";
import type * as notesEvents from "#domain/events/definitions/notes-events.ts";
import type * as privacyEvents from "#domain/events/definitions/privacy-events.ts";
import type * as roleEvents from "#domain/events/definitions/role-events.ts";
import { aMessage } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import type { SentencesOf } from "./sentence-row.ts";

export const RESPONSE_SENTENCES: SentencesOf<
  typeof roleEvents | typeof notesEvents | typeof channelEvents | typeof messageEvents | typeof privacyEvents
> = {
  "incident.made_private": [
    { channel: { id: "C1", name: "inc-1", url: "" } },
    "Alice made it private. Already seen by others, and not taken back: notifications, pages and tickets, and what was written in #inc-1, which is archived",
  ],
  "access.requested": [{ person: BOB_PERSON }, "Bob asks for access: `invite @Bob` lets them in"],
  "access.granted": [{ person: BOB_PERSON }, "Alice invited Bob"],
  "subscriber.added": [{ person: BOB_PERSON }, "Bob gets its updates as direct messages"],
  "subscriber.removed": [{ person: BOB_PERSON }, "Bob gets no more updates as direct messages"],
  "nudge.snoozed": [{ until: NOW + MINUTE, what: ["update"] }, "Alice snoozed reminders until 14:33 UTC"],
  "handoff.offered": [{ to: BOB_PERSON }, "Alice offers command to Bob, and has it until they take it"],
  "handoff.ended": [{ to: BOB_PERSON, how: "declined" }, "Bob did not take command"],
  "command.missing": [
    { reminder: 1, next: NOW + 5 * MINUTE },
    "No one has command: take it with the button or `ic`, or the next step is paged at 14:37 UTC",
  ],
  "note.added": [{ text: "rolled back" }, "Alice: rolled back"],
  "message.marked": [{ channel: "C1", id: "1.0", thread: null }, "Alice marked a message for the timeline"],
  "message.unmarked": [{ channel: "C1", id: "1.0" }, "Alice took their mark off a message"],
  "message.captured": [
    { channel: "C1", message: aMessage({ files: [{ name: "graph.png", url: "https://files.example/graph.png" }] }) },
    "Bob: connection pool exhausted [graph.png]",
  ],
  "message.edited": [
    { channel: "C1", id: "1.0", text: "pool is full" },
    "A message of the timeline was edited: pool is full",
  ],
  "message.deleted": [{ channel: "C1", id: "1.0" }, "A message of the timeline was deleted"],
  "update.posted": [{ text: "we are on it", audience: "internal" }, "Update by Alice: we are on it"],
  "update.overdue": [
    { due: NOW, owed: BOB_PERSON, reminder: 1 },
    "The update due at 14:32 UTC is overdue: Bob was reminded",
  ],
  "task.added": [
    { id: 2, kind: "followup", text: "alert on the pool", owner: BOB_PERSON, due: "2026-11-30" },
    "Follow-up 2: alert on the pool, Bob, due 2026-11-30",
  ],
  "task.done": [{ id: 2 }, "Alice finished task 2"],
  "member.joined": [{ person: BOB_PERSON }, "Bob joined the channel"],
  "member.left": [{ person: BOB_PERSON }, "Bob left the channel"],
  "channel.renamed": [{ name: "inc-1-checkout" }, "The channel is now #inc-1-checkout"],
  "channel.drifted": [
    { what: "The card was deleted and is posted again", repaired: true },
    "The card was deleted and is posted again",
  ],
  "role.assigned": [{ role: "commander", person: { id: "U1", name: "Bob" } }, "Alice made Bob Incident Commander"],
  "channel.opened": [{ channel: { id: "C1", name: "inc-1-orders", url: "" } }, "Channel #inc-1-orders opened"],
  "channel.failed": [{ reason: "restricted_action" }, "No channel could be opened: restricted_action"],
  "channel.archived": [{}, "Channel archived"],
  "chat.failed": [{ what: "invite", reason: "user_not_found" }, "The chat refused invite: user_not_found"],
  "command.refused": [{ command: "role.claim", reason: "Bob is Scribe." }, "Alice was refused: Bob is Scribe."],
};
