import { describe, expect, test } from "vitest";
import { countWakings, wakingsIn, withPagesCounted, type PageWaking } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { aContext, openedFact } from "#test/support/builders/events.ts";

const page = (key: string, ...people: readonly string[]): Fact => ({
  type: "page.requested",
  data: { key, to: people.join(", "), people: [...people], priority: "P1", reason: "r" },
});
const EARLIER: PageWaking = { page: "earlier", person: "alice", priority: "P2" };
const keys = (wakings: readonly PageWaking[]): string[] => wakings.map((each) => `${each.page} ${each.person}`);

describe("whom facts wake", () => {
  test.each<[string, readonly Fact[], readonly string[], readonly string[]]>([
    ["no one, without a page", [openedFact()], [], ["earlier alice"]],
    ["all of a page", [page("a", "alice", "bob")], ["a alice", "a bob"], ["earlier alice", "a alice", "a bob"]],
    [
      "someone twice by two pages",
      [page("a", "bob"), page("b", "bob")],
      ["a bob", "b bob"],
      ["earlier alice", "a bob", "b bob"],
    ],
    ["no one by a page of the pager's own", [page("a")], [], ["earlier alice"]],
    [
      "no one by a direct message that is held back",
      [{ type: "page.requested", data: { ...pageData(), held: ["alice"] } }],
      [],
      ["earlier alice"],
    ],
    [
      "no one any more by pages that are answered",
      [{ type: "page.acknowledged", data: { key: "earlier", to: "Alice", also: [] } }],
      [],
      [],
    ],
    [
      "no one any more by those that an acknowledgement answers",
      [{ type: "incident.acknowledged", data: { pages: ["earlier"] } }],
      [],
      [],
    ],
  ])("is %s", (_, facts, wakings, counted) => {
    const before = [EARLIER];
    expect(keys(wakingsIn(facts))).toEqual(wakings);
    expect(keys(countWakings(before, facts))).toEqual(counted);
    expect(before, "what was counted before stays").toEqual([EARLIER]);
    expect(keys(withPagesCounted(aContext({ woken: before }), facts).woken!)).toEqual(counted);
  });

  test("is counted from none, with the urgency of the page", () => {
    expect(withPagesCounted(aContext(), [page("a", "bob")]).woken).toEqual([
      { page: "a", person: "bob", priority: "P1" },
    ]);
  });
});

function pageData() {
  return { key: "a", to: "Alice", people: ["alice"], priority: "P1" as const, reason: "r" };
}
