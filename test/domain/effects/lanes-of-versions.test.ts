import { expect, test } from "vitest";
import { EFFECT_ROWS } from "#test/support/builders/effect-rows.ts";

/** What the version before (test/fixtures/upgrade) can perform. */
const KNOWN_BEFORE: ReadonlySet<string> = new Set([
  "chat.announce",
  "chat.archive",
  "chat.arranged",
  "chat.bookmarks",
  "chat.canvas",
  "chat.capture",
  "chat.channel",
  "chat.check",
  "chat.digest",
  "chat.direct",
  "chat.draft",
  "chat.feed",
  "chat.group",
  "chat.handoff",
  "chat.header",
  "chat.members",
  "chat.notices",
  "chat.pointer",
  "chat.relay",
  "chat.run",
  "chat.shift",
  "chat.topic",
  "chat.week",
  "chat.whisper",
  "page.acknowledge",
  "page.annotate",
  "page.describe",
  "page.resolve",
  "page.trigger",
  "page.withdraw",
  "ticket.close",
  "ticket.followup",
  "ticket.open",
  "ticket.postmortem",
  "ticket.reopen",
]);
/** The lanes that it works on: it takes every row that waits in one, whatever its type. */
const WORKED_ON_BEFORE: readonly string[] = ["page", "chat", "ticket"];

/** It was given its lane before this rule, and rows that wait keep their lane. */
const OLDER_THAN_THE_RULE: readonly string[] = ["chat.call"];

test("an effect that the version before cannot perform waits where only this one looks", () => {
  const taken = Object.entries(EFFECT_ROWS).filter(
    ([type, { lane }]) =>
      !KNOWN_BEFORE.has(type) && WORKED_ON_BEFORE.includes(lane) && !OLDER_THAN_THE_RULE.includes(type),
  );
  expect(taken.map(([type]) => type)).toEqual([]);
});
