import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness, firingCore } from "#test/support/harness/core.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** Minutes after which every step had been paged. */
const usedUp = (core: CoreHarness): number[] =>
  core.events.filter(({ type }) => type === "escalation.exhausted").map(({ at }) => (at - NOW) / MINUTE);

const fails = (core: CoreHarness): void => {
  const { key, to } = core.incident().pages.at(-1)!;
  core.asks({ type: "page.failed", key, to, reason: "no such routing key" });
};

describe("an escalation of which every step was paged", () => {
  test("says so, and begins again after a pause that grows to four hours", () => {
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

  test("counts its pauses anew once someone has answered", () => {
    const core = firingCore("P0", { ...STAFFED_POLICY, priorities: { P0: { commandWithin: null } } });
    core.passes(3 * HOUR);
    expect(core.incident().escalation.rounds).toBeGreaterThan(0);
    core.does({ type: "incident.acknowledge" });
    expect(core.incident().escalation.rounds).toBe(0);
  });
});

describe("the call when every step was paged", () => {
  const SHORT = { priorities: { P1: { repeat: 0, commandWithin: null } } };
  const calls = (core: CoreHarness) =>
    core.effects.flatMap((effect) =>
      effect.type === "chat.relay"
        ? [`in ${effect.channel}`]
        : effect.type === "chat.direct" && effect.about.kind === "page" && called(core).includes(effect.seq)
          ? [`to ${effect.to.name}`]
          : [],
    );
  const called = (core: CoreHarness): number[] =>
    core.events.filter(({ type }) => type === "escalation.exhausted").map(({ seq }) => seq);

  test("names everyone on the steps, and stands in the team's channel when the incident has none", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, ...SHORT });
    core.passes(30 * MINUTE);
    expect(core.events.find(({ type }) => type === "escalation.exhausted")).toMatchObject({
      data: {
        people: [
          { id: "U0ALICE01", name: "Alice" },
          { id: "mia", name: "Mia" },
          { id: "vic", name: "vic" },
        ],
      },
    });
    expect(calls(core)).toEqual(["in team-orders"]);
  });

  test("is made in the incident's channel alone when it has one: its feed mentions them", () => {
    const core = firingCore("P1", { ...STAFFED_POLICY, ...SHORT });
    core.does({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
    core.passes(30 * MINUTE);
    expect(called(core)).toHaveLength(1);
    expect(calls(core)).toEqual([]);
  });

  test("of another team stands in the channel of that team, else where incidents are announced", () => {
    for (const [payments, place] of [
      [{ oncall: ["bob"], channel: "team-payments" }, "in team-payments"],
      [{ oncall: ["bob"] }, "in team-orders"],
    ] as const) {
      const core = firingCore("P1", { ...STAFFED_POLICY, ...SHORT, teams: { ...STAFFED_POLICY.teams, payments } });
      core.does({ type: "incident.acknowledge" });
      core.does({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null });
      core.passes(20 * MINUTE);
      expect(called(core)).toHaveLength(1);
      expect(calls(core)).toEqual([place]);
    }
  });

  test("about a private incident without a channel is a direct message to each", () => {
    const core = new CoreHarness(aPolicy({ ...STAFFED_POLICY, ...SHORT }));
    core.declares({ priority: "P1", service: "order-service", private: true });
    core.passes(30 * MINUTE);
    expect(called(core)).toHaveLength(1);
    expect(calls(core)).toEqual(["to Alice", "to Mia", "to vic"]);
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
