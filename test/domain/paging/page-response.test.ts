import { expect, test } from "vitest";
import { isUnanswered, pageResponses } from "#domain/paging/page-response.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { aPage, anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

test.each([
  ["whose name has a comma", "Builder, Bob", ["bob"], "Builder, Bob"],
  ["who is one of two", "Alice, Dana", ["alice", "dana"], "Dana"],
])("a page was answered by someone %s, when they do something after it", (_, to, people, name) => {
  const page = aPage({ to, people, acknowledgedAt: null });
  const requested = anEvent(
    { type: "page.requested", data: { key: page.key, to, people, priority: "P2", reason: "r", chat: [] } },
    { actor: MUSTER_ACTOR },
  );
  const note = anEvent(
    { type: "note.added", data: { text: "look at it" } },
    { at: NOW + MINUTE, actor: { kind: "person", id: "someone", name } },
  );
  const responses = pageResponses(anIncident({ pages: [page] }), [requested, note]);
  expect(responses.map(({ came }) => came)).toEqual([NOW + MINUTE]);
  expect(responses.map(isUnanswered)).toEqual([false]);
});
