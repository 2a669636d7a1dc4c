import { describe, expect, test } from "vitest";
import { MINUTE } from "#test/support/builders/instants.ts";
import { firingCore, commandedCore } from "#test/support/harness/core.ts";

describe("an incident without a commander", () => {
  test("of a P1: after ten minutes the channel is nudged, after ten more the next step is paged, and then it is left alone", () => {
    const world = firingCore();
    world.does({ type: "incident.acknowledge" });
    world.passes(10 * MINUTE);
    expect(world.events.at(-1)).toMatchObject({
      type: "command.missing",
      data: { reminder: 1, next: world.now + 10 * MINUTE },
    });
    expect(world.paged()).toEqual(["P1 Alice"]);
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia"]);
    world.passes(24 * 60 * MINUTE);
    expect(world.types().filter((type) => type === "command.missing")).toHaveLength(2);
  });

  test("starts again when command is given up, and in a new episode", () => {
    const world = firingCore();
    world.does({ type: "incident.acknowledge" });
    world.passes(25 * MINUTE);
    world.does({ type: "incident.resolve", reason: "done" });
    world.does({ type: "incident.reopen", reason: null });
    world.passes(10 * MINUTE);
    expect(world.events.at(-1)).toMatchObject({ type: "command.missing", data: { reminder: 1 } });
    world.does({ type: "role.claim", role: "commander" });
    world.does({ type: "role.assign", role: "commander", person: null });
    world.passes(10 * MINUTE);
    expect(world.events.filter(({ type }) => type === "command.missing").at(-1)).toMatchObject({
      data: { reminder: 1 },
    });
  });

  test("is not reported when it has one, when no one has answered yet, or when it is a P2", () => {
    for (const world of [commandedCore(), firingCore("P2")]) {
      world.asks({ type: "incident.acknowledge" });
      world.passes(60 * MINUTE);
      expect(world.types()).not.toContain("command.missing");
    }
  });
});
