import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveAddressee } from "#domain/paging/addressee.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";

const policy = aPolicy(STAFFED_POLICY);
const roster = { policy, overrides: [] };
const own = { id: "C1", name: "inc-1", url: "https://chat.example/C1" };
const incident = (more: Partial<Incident>): Incident => {
  const before = anIncident();
  return {
    ...before,
    channel: null,
    acknowledgedBy: null,
    roles: { ...before.roles, commander: null },
    ...more,
    route: { ...before.route, team: "orders", channel: "team-orders", ...more.route },
  };
};
const seen = (more: Partial<Incident>, matter = {}) => {
  const { place, people } = resolveAddressee(incident(more), roster, NOW, matter);
  return [place, people.map(({ name }) => name)];
};
const commander = (person: { id: string; name: string } | null) => ({
  roles: { ...incident({}).roles, commander: person },
});
const routeOf = (more: Partial<Incident["route"]>) => ({ route: { ...incident({}).route, ...more } });

describe("what waits for a person is addressed", () => {
  test.each<[string, Partial<Incident>, object, readonly [string | null, readonly string[]]]>([
    ["in the incident's channel, to its commander", { channel: own, ...commander(BOB) }, {}, ["C1", ["Bob"]]],
    ["to who acknowledged, without a commander", { channel: own, acknowledgedBy: BOB }, {}, ["C1", ["Bob"]]],
    [
      "to who is on call, when whoever has it is asleep",
      { acknowledgedBy: BOB },
      { asleep: true },
      ["team-orders", ["Alice"]],
    ],
    ["to those it is addressed to, before all others", commander(ALICE), { people: [BOB] }, ["team-orders", ["Bob"]]],
    ["in the team's channel, without one of its own", {}, {}, ["team-orders", ["Alice"]]],
    [
      "in the channel of all incidents, without one of the team",
      routeOf({ channel: null }),
      {},
      ["incidents", ["Alice"]],
    ],
    ["elsewhere than in a channel that was archived", { channel: own, archived: true }, {}, ["team-orders", ["Alice"]]],
    [
      "to anyone on call, without a team",
      routeOf({ team: null, channel: null, oncall: [], members: [] }),
      {},
      ["incidents", ["Alice", "Bob"]],
    ],
    [
      "to each alone, of a private incident without a channel",
      { private: true, guests: [{ person: ALICE, from: null }] },
      {},
      [null, ["Alice"]],
    ],
    ["to no one on call whom a private incident has not called", { private: true }, {}, [null, []]],
    [
      "to the next who can be reached, where the one it is addressed to cannot be told alone",
      { private: true, guests: [{ person: ALICE, from: null }] },
      { people: [BOB], canReach: ({ name }: { name: string }) => name !== "Bob" },
      [null, ["Alice"]],
    ],
    [
      "to whoever declared a private incident, where no one else of it can be reached",
      { private: true, declaredBy: BOB },
      { canReach: ({ name }: { name: string }) => name === "Bob" },
      [null, ["Bob"]],
    ],
    [
      "in the place that there is, whoever can be reached",
      { private: true, channel: own, ...commander(BOB) },
      { canReach: () => false },
      ["C1", ["Bob"]],
    ],
  ])("%s", (_, more, matter, expected) => {
    expect(seen(more, matter)).toEqual(expected);
  });

  test("always somewhere, and to someone as long as the policy has anyone", () => {
    const flags = fc.record({ private: fc.boolean(), archived: fc.boolean() });
    const team = fc.constantFrom("orders", "payments", "gone", null);
    const channel = fc.constantFrom(own, null);
    const who = fc.constantFrom(ALICE, BOB, null);
    fc.assert(
      fc.property(flags, team, channel, who, who, fc.boolean(), (more, name, place, chief, acked, asleep) => {
        const state = incident({
          ...more,
          channel: place,
          acknowledgedBy: acked,
          ...commander(chief),
          ...routeOf({ team: name, channel: null, oncall: [], members: [] }),
        });
        const found = resolveAddressee(state, roster, NOW, { asleep });
        expect(found.place !== null || state.private).toBe(true);
        if (!state.private) expect(found.people).not.toEqual([]);
        if (place !== null && !state.archived) expect(found.place).toBe("C1");
      }),
    );
  });
});
