import { expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";
import { feedMessage } from "#views/channel/channel-feed.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { aPage, anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";

const advanced = (to: string, reason: string): Fact => ({
  type: "escalation.advanced",
  data: { step: 1, to, reason },
});
const lineOf = (fact: Fact, page: Parameters<typeof aPage>[0]): string => {
  const event = { ...anEvent(fact), at: NOW, recordedAt: NOW, actor: ALICE };
  const incident = anIncident({ pages: [aPage({ requestedAt: NOW, ...page })] });
  return renderMessage(feedMessage(incident, [event])!).text;
};
const BOB_PAGED = { to: "Bob", people: ["bob"], chat: [BOB.id] };

test("an escalation mentions whom it pages, where it names them", () => {
  const text = JSON.stringify(
    renderMessage(
      feedMessage(anIncident({ pages: [aPage({ requestedAt: NOW, ...BOB_PAGED })] }), [
        { ...anEvent(advanced("Bob", "no one acknowledged")), at: NOW, recordedAt: NOW },
      ])!,
    ).blocks,
  );
  expect(text).toContain(`Escalated to <@${BOB.id}>: no one acknowledged`);
});

test("an escalation by hand names who did it once", () => {
  expect(lineOf(advanced("the manager", "Alice escalates: no one answers"), { to: "the manager" })).toBe(
    "⏫ Alice escalated to the manager: no one answers",
  );
});

test("a step of people of whom the chat has some keeps all their names", () => {
  const page = { to: "Bob, Vic", people: ["bob", "vic"], chat: [BOB.id] };
  expect(lineOf(advanced("Bob, Vic", "no one acknowledged"), page)).toContain(
    "Escalated to Bob, Vic: no one acknowledged",
  );
});

test("a page of another time, or one that was called off, mentions no one", () => {
  expect(lineOf(advanced("Bob", "r"), { ...BOB_PAGED, requestedAt: NOW - 1 })).toBe("⏫ Escalated to Bob: r");
  expect(lineOf(advanced("Bob", "r"), { ...BOB_PAGED, status: "canceled" })).toBe("⏫ Escalated to Bob: r");
});
