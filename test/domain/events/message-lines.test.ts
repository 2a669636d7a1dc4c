import { expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { buildTimeline } from "#domain/events/timeline.ts";
import type { Actor } from "#domain/values/language.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aMessage, anEvent } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const message = { channel: "C1", id: "1.0" };
const marked: Fact = { type: "message.marked", data: { ...message, thread: null } };
const unmarked: Fact = { type: "message.unmarked", data: message };
const captured = (text: string): Fact => ({
  type: "message.captured",
  data: { channel: "C1", message: aMessage({ id: "1.0", text, at: NOW - MINUTE, permalink: "https://chat/p1" }) },
});
const edited = (text: string): Fact => ({ type: "message.edited", data: { ...message, text } });
const deleted: Fact = { type: "message.deleted", data: message };

function linesOf(...steps: readonly (readonly [Actor, Fact])[]): readonly string[] {
  return buildTimeline(steps.map(([actor, fact], i) => anEvent(fact, { seq: i + 1, actor }))).map(
    ({ seq, at, summary, permalink }) => `${seq} ${(at - NOW) / MINUTE} ${summary} ${permalink}`,
  );
}

test.each<[string, readonly (readonly [Actor, Fact])[], readonly string[]]>([
  [
    "stands at the time it was written, with a link to it",
    [
      [ALICE, marked],
      [ALICE, captured("no more disk")],
    ],
    ["2 -1 Bob: no more disk https://chat/p1"],
  ],
  [
    "reads as it was edited since",
    [
      [ALICE, marked],
      [ALICE, captured("no more dsk")],
      [BOB, edited("no more disk")],
    ],
    ["2 -1 Bob: no more disk https://chat/p1"],
  ],
  [
    "says that it was deleted",
    [
      [ALICE, marked],
      [ALICE, captured("no more disk")],
      [BOB, deleted],
    ],
    ["2 -1 Bob: no more disk (deleted since) https://chat/p1"],
  ],
  [
    "stays while somebody marks it",
    [
      [ALICE, marked],
      [ALICE, captured("no more disk")],
      [BOB, marked],
      [ALICE, unmarked],
    ],
    ["2 -1 Bob: no more disk https://chat/p1"],
  ],
  [
    "goes with its last mark, and no edit brings it back",
    [
      [ALICE, marked],
      [ALICE, captured("no more disk")],
      [ALICE, unmarked],
      [BOB, edited("no more memory")],
    ],
    [],
  ],
  [
    "is not there while it is marked but not read yet",
    [
      [ALICE, marked],
      [BOB, edited("no more disk")],
    ],
    [],
  ],
  [
    "that is captured again is one line, as it reads then",
    [
      [ALICE, marked],
      [ALICE, captured("no more disk")],
      [ALICE, unmarked],
      [BOB, marked],
      [BOB, captured("no more memory")],
    ],
    ["5 -1 Bob: no more memory https://chat/p1"],
  ],
])("a message of the timeline %s", (_, steps, lines) => expect(linesOf(...steps)).toEqual(lines));
