import { describe, expect, test } from "vitest";
import { countWakings, wakingsIn, withPagesCounted } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { aContext, openedFact } from "#test/support/builders/events.ts";

const page = (key: string, ...people: readonly string[]): Fact => ({
  type: "page.requested",
  data: { key, to: people.join(", "), people: [...people], priority: "P1", reason: "r" },
});

describe("whom facts wake", () => {
  test.each<[string, readonly Fact[], readonly string[], Record<string, number>]>([
    ["no one, without a page", [openedFact()], [], { alice: 1 }],
    ["all of a page", [page("a", "alice", "bob")], ["a alice", "a bob"], { alice: 2, bob: 1 }],
    ["someone twice by two pages", [page("a", "bob"), page("b", "bob")], ["a bob", "b bob"], { alice: 1, bob: 2 }],
    ["no one by a page of the pager's own", [page("a")], [], { alice: 1 }],
  ])("is %s", (_, facts, wakings, counted) => {
    const before = new Map([["alice", 1]]);
    expect(wakingsIn(facts).map((each) => `${each.page} ${each.person}`)).toEqual(wakings);
    expect(Object.fromEntries(countWakings(before, facts))).toEqual(counted);
    expect(Object.fromEntries(before), "what was counted before stays").toEqual({ alice: 1 });
    expect(Object.fromEntries(withPagesCounted(aContext({ woken: before }), facts).woken!)).toEqual(counted);
  });

  test("is counted from none", () => {
    expect(withPagesCounted(aContext(), [page("a", "bob")]).woken).toEqual(new Map([["bob", 1]]));
  });
});
