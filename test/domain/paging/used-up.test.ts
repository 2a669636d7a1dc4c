import { describe, expect, test } from "vitest";
import { resolveAddressee } from "#domain/paging/addressee.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { type CoreHarness, firingCore } from "#test/support/harness/core.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** Minutes after which every step had been paged. */
const usedUp = (core: CoreHarness): number[] =>
  core.events.filter(({ type }) => type === "escalation.exhausted").map(({ at }) => (at - NOW) / MINUTE);

const fails = (core: CoreHarness): void => {
  const { key, to } = core.incident().pages.at(-1)!;
  core.asks({ type: "page.failed", key, to, reason: "no such routing key" });
};

const reasons = (core: CoreHarness): string[] =>
  core.events.flatMap((event) => (event.type === "escalation.advanced" ? [event.data.reason] : []));

describe("an escalation of which every step was paged", () => {
  test("is announced, and begins again after a pause that grows to four hours", () => {
    const core = firingCore("P2", {
      ...STAFFED_POLICY,
      priorities: { P2: { escalateAfter: "10m", ticket: "never" } },
    });
    core.passes(24 * HOUR);
    // A round of three steps takes half an hour; the pauses are 15, 30, 60, 120, 240 and 240 minutes.
    expect(usedUp(core)).toEqual([30, 75, 135, 225, 375, 645, 915, 1185]);
    expect(core.paged().slice(0, 6)).toEqual(["P2 Alice", "P2 Mia", "P2 vic", "P2 Alice", "P2 Mia", "P2 vic"]);
  });

  test("keeps its pace for a P0", () => {
    const core = firingCore("P0", {
      ...STAFFED_POLICY,
      priorities: { P0: { repeat: 0, commandWithin: null } },
    });
    core.passes(3 * HOUR);
    expect(usedUp(core)).toEqual([30, 70, 110, 150]);
  });

  test("has the first step only where the policy does not escalate, and calls it again", () => {
    const core = firingCore("P2", {
      ...STAFFED_POLICY,
      priorities: { P2: { escalateAfter: null, ticket: "never" } },
    });
    core.passes(2 * HOUR);
    expect(core.paged()).toEqual(["P2 Alice", "P2 Alice", "P2 Alice"]);
  });

  test("counts its pauses from the start once someone has answered", () => {
    const core = firingCore("P0", { ...STAFFED_POLICY, priorities: { P0: { commandWithin: null } } });
    core.passes(3 * HOUR);
    expect(core.incident().escalation.rounds).toBeGreaterThan(0);
    core.does({ type: "incident.acknowledge" });
    expect(core.incident().escalation.rounds).toBe(0);
  });
});

describe("the call when every step was paged", () => {
  const people = [
    { id: "U0ALICE01", name: "Alice" },
    { id: "mia", name: "Mia" },
    { id: "vic", name: "vic" },
  ];

  test("names everyone on the steps", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { repeat: 0, commandWithin: null } } });
    core.passes(30 * MINUTE);
    expect(core.events.find(({ type }) => type === "escalation.exhausted")).toMatchObject({ data: { people } });
  });

  test.each([
    ["its channel", {}, undefined, "C0INC0001"],
    ["its team's channel", { channel: null }, undefined, "team-orders"],
    ["the channel of the other team", { channel: null }, "payments", "team-payments"],
    ["no channel when it is private", { channel: null, private: true }, "payments", null],
  ])("of an incident stands in %s", (_, incident, team, place) => {
    const payments = { oncall: ["bob"], channel: "team-payments" };
    const policy = aPolicy({ ...STAFFED_POLICY, teams: { ...STAFFED_POLICY.teams, payments } });
    const matter = { people, ...(team === undefined ? {} : { team }) };
    const found = resolveAddressee(anIncident(incident), { policy, overrides: [] }, NOW, matter);
    expect(found.place).toBe(place);
    expect(found.people.map(({ name }) => name)).toEqual(["Alice", "Mia", "vic"]);
  });
});

describe("a page that reached no one", () => {
  test("passes its step at once", () => {
    const core = firingCore("P1");
    fails(core);
    core.passes(0);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia"]);
    fails(core);
    core.passes(0);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic"]);
    core.passes(10 * MINUTE - 1);
    expect(core.paged()).toHaveLength(3);
  });

  test("is what the next step gives as its reason, and not that no one acknowledged", () => {
    const core = firingCore("P1");
    fails(core);
    core.passes(0);
    expect(reasons(core)).toEqual(["the last page reached no one"]);
    core.passes(10 * MINUTE);
    expect(reasons(core)).toEqual(["the last page reached no one", "no one acknowledged"]);
  });

  test("of every step of a round leaves none: the same steps are not paged again in the same second", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { repeat: 2, commandWithin: null } } });
    for (let i = 0; i < 3; i++) {
      fails(core);
      core.passes(0);
    }
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic"]);
    expect(core.events.find(({ type }) => type === "escalation.exhausted")).toMatchObject({
      data: { reason: "all 3 steps were tried and no page reached anyone; paging begins again at 14:47 UTC" },
    });
    core.passes(15 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic", "P1 Alice"]);
  });

  test("does not end a round in which another page reached someone", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { repeat: 2, commandWithin: null } } });
    core.passes(10 * MINUTE);
    for (let i = 0; i < 2; i++) {
      fails(core);
      core.passes(0);
    }
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic", "P1 Alice"]);
  });

  test("of a step that was passed already changes nothing", () => {
    const core = firingCore("P1");
    core.passes(10 * MINUTE);
    const { key, to } = core.incident().pages[0]!;
    core.asks({ type: "page.failed", key, to, reason: "late" });
    core.passes(0);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia"]);
  });

  test("pages no one further when someone has answered meanwhile", () => {
    const core = firingCore("P1");
    core.does({ type: "incident.acknowledge" });
    fails(core);
    core.passes(0);
    expect(core.paged()).toEqual(["P1 Alice"]);
  });

  test("never stops the search: when every step fails it pauses, and begins again", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, priorities: { P1: { repeat: 0 } } });
    for (let i = 0; i < 3; i++) {
      fails(core);
      core.passes(0);
    }
    expect(usedUp(core)).toEqual([0]);
    core.passes(15 * MINUTE);
    expect(core.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic", "P1 Alice"]);
  });
});
