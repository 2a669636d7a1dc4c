import { describe, expect, test } from "vitest";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { firingCore } from "#test/support/harness/core.ts";

describe("an acknowledgement", () => {
  test("holds for half an hour without activity at P0, then people are paged again", () => {
    const world = firingCore("P0");
    world.does({ type: "role.claim", role: "commander" });
    world.passes(29 * MINUTE);
    expect(world.incident().status).toBe("acknowledged");
    world.passes(MINUTE);
    expect(world.incident()).toMatchObject({
      status: "triggered",
      roles: { commander: { name: "Alice" } },
      escalation: { step: 1, next: { to: "Mia" } },
    });
    expect(world.paged()).toEqual(["P0 Alice, Bob", "P0 Alice, Bob"]);
  });

  test("holds while anyone is active", () => {
    const world = firingCore("P0");
    world.does({ type: "role.claim", role: "commander" });
    for (let i = 0; i < 10; i++) {
      world.passes(20 * MINUTE);
      world.does({ type: "note.add", text: `still at it, ${i}` }, BOB);
    }
    expect(world.incident().status).toBe("acknowledged");
    expect(world.paged()).toHaveLength(1);
    world.passes(30 * MINUTE);
    expect(world.incident().status).toBe("triggered");
  });

  test("expires again when the second one is followed by silence too", () => {
    const world = firingCore("P1");
    for (let i = 0; i < 3; i++) {
      world.does({ type: "incident.acknowledge" });
      world.does({ type: "role.assign", role: "commander", person: { id: ALICE.id, name: ALICE.name } });
      world.passes(60 * MINUTE);
      expect(world.incident().status).toBe("triggered");
      world.does({ type: "role.assign", role: "commander", person: null });
    }
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice", "P1 Alice", "P1 Alice"]);
  });

  test.each([
    {
      priority: "P0",
      given: { priorities: { P0: { ackExpires: null, commandWithin: null } } },
      command: { type: "incident.acknowledge" },
    },
    {
      priority: "P0",
      given: { priorities: { P0: { ackExpires: null, commandWithin: null } } },
      command: { type: "incident.mitigate" },
    },
    { priority: "P0", given: {}, command: { type: "incident.resolve", reason: "fixed" } },
  ] as const)("never expires with $priority, $given, after $command.type", ({ priority, given, command }) => {
    const world = firingCore(priority, { ...STAFFED_POLICY, ...given });
    world.does(command);
    if (command.type === "incident.mitigate") world.does({ type: "role.claim", role: "commander" });
    world.passes(24 * 60 * MINUTE);
    expect(world.types()).not.toContain("incident.unacknowledged");
  });

  test("of a P2 begins to be watched when it rises to a P1", () => {
    const world = firingCore("P2");
    world.does({ type: "incident.acknowledge" });
    world.passes(5 * 60 * MINUTE);
    world.does({ type: "incident.set_priority", priority: "P1", reason: null });
    world.does({ type: "role.claim", role: "commander" });
    expect(world.timer("ack")).toBe(world.now + 60 * MINUTE);
    world.passes(60 * MINUTE);
    expect(world.incident().status).toBe("triggered");
    expect(aPolicy().priorities.P1.ackExpires).toBe(60 * MINUTE);
  });

  test("that ends while a page is out for a commander wakes its people once; the next step follows that page", () => {
    const policy = { ...STAFFED_POLICY, priorities: { P1: { commandWithin: "59m", ackExpires: "2h" } } };
    const world = firingCore("P1", policy);
    world.does({ type: "incident.acknowledge" });
    world.passes(118 * MINUTE);
    expect(world.paged()).toHaveLength(2);
    world.passes(2 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "triggered" });
    expect(world.incident().escalation.next?.at).toBe(world.now + 8 * MINUTE);
    expect(world.paged()).toHaveLength(2);
    world.passes(8 * MINUTE);
    expect(world.paged()).toHaveLength(3);
  });

  test("that was undone and given again starts a new period", () => {
    const world = firingCore("P0");
    world.does({ type: "incident.acknowledge" });
    world.passes(MINUTE);
    world.does({ type: "undo" });
    expect(world.timer("ack")).toBeNull();
    world.passes(MINUTE);
    world.does({ type: "role.claim", role: "commander" });
    expect(world.timer("ack")).toBe(world.now + 30 * MINUTE);
  });
});
