import { describe, expect, test } from "vitest";
import type { Actor } from "#domain/values/language.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { firingCore, orderServiceDelivery } from "#test/support/harness/core.ts";

const EVE: Actor = { kind: "person", id: "U0EVE0001", name: "Eve" };

describe("the first page", () => {
  test.each([
    { severity: "P0", pages: ["P0 Alice, Bob"], people: ["alice", "bob"] },
    { severity: "P1", pages: ["P1 Alice"], people: ["alice"] },
    { severity: "P2", pages: ["P2 Alice"], people: ["alice"] },
    { severity: "P3", pages: [], people: [] },
    { severity: "P4", pages: [], people: [] },
  ])("of a $severity goes to $people", ({ severity, pages, people }) => {
    const world = firingCore(severity);
    expect(world.paged()).toEqual(pages);
    expect(world.effects.flatMap((effect) => (effect.type === "page.trigger" ? effect.people : []))).toEqual(people);
  });

  test.each([
    { severity: "P0", to: "P0 all on-call engineers" },
    { severity: "P1", to: "P1 on-call" },
  ])("of a $severity leaves the choice to the paging service when the policy names no one", ({ severity, to }) => {
    const world = firingCore(severity, {});
    expect(world.paged()).toEqual([to]);
    expect(world.effects.find(({ type }) => type === "page.trigger")).toMatchObject({ people: [] });
  });

  test("carries its reason", () => {
    expect(firingCore("P1").events.find(({ type }) => type === "page.requested")!.data).toMatchObject({
      to: "Alice",
      priority: "P1",
      reason: "opened as P1",
    });
  });
});

describe("an unacknowledged P1", () => {
  test("pages the next step every ten minutes, repeats twice, then reports that every step was paged, and begins again", () => {
    const world = firingCore("P1");
    world.passes(90 * MINUTE);
    expect(world.paged()).toEqual([
      "P1 Alice",
      "P1 Mia",
      "P1 vic",
      "P1 Alice",
      "P1 Mia",
      "P1 vic",
      "P1 Alice",
      "P1 Mia",
      "P1 vic",
    ]);
    expect(new Set(world.incident().pages.map(({ key }) => key)).size).toBe(9);
    expect(world.types().filter((type) => type === "escalation.exhausted")).toHaveLength(1);
    expect(world.incident()).toMatchObject({
      status: "triggered",
      escalation: { step: 0, rounds: 1, next: { to: "Alice", at: world.now + 15 * MINUTE } },
    });
  });

  test("is at the the pager's escalation policy after ten minutes", () => {
    const world = firingCore("P1", {});
    world.passes(10 * MINUTE - 1);
    expect(world.paged()).toEqual(["P1 on-call"]);
    world.passes(1);
    expect(world.paged()).toEqual(["P1 on-call", "P1 the pager's escalation policy"]);
  });

  test("shows the next step and its time", () => {
    const world = firingCore("P1");
    expect(world.incident().escalation).toMatchObject({ step: 1, next: { to: "Mia", at: world.now + 10 * MINUTE } });
    world.passes(10 * MINUTE);
    expect(world.incident().escalation).toMatchObject({ step: 2, next: { to: "vic", at: world.now + 10 * MINUTE } });
    expect(world.types().slice(-3)).toEqual(["escalation.advanced", "page.requested", "escalation.armed"]);
  });

  test("climbs no further for a timer that was overtaken", () => {
    const world = firingCore("P1");
    const due = world.incident().escalation.next!.at;
    world.passes(10 * MINUTE);
    world.asks({ type: "timer.due", timer: "escalate", due });
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia"]);
  });
});

describe("the escalation stops", () => {
  test.each([
    { type: "incident.acknowledge" },
    { type: "incident.mitigate" },
    { type: "role.claim", role: "commander" },
    { type: "incident.resolve", reason: "fixed" },
  ] as const)("for $type", (command) => {
    const world = firingCore("P0", {
      ...STAFFED_POLICY,
      priorities: { P0: { commandWithin: null, ackExpires: null } },
    });
    const due = world.incident().escalation.next!.at;
    world.passes(9 * MINUTE);
    world.asks(command);
    expect(world.incident().escalation.next).toBeNull();
    // … and does not go on, unless no one takes command or is active: then someone is looked for again.
    if (command.type !== "role.claim" && command.type !== "incident.resolve")
      world.asks({ type: "role.claim", role: "commander" });
    if (command.type === "incident.resolve")
      world.receives(orderServiceDelivery("P0", { status: "resolved", endsAt: world.now }));
    world.passes(60 * MINUTE);
    world.asks({ type: "timer.due", timer: "escalate", due });
    expect(world.paged()).toEqual(["P0 Alice, Bob"]);
  });

  test("but not for a scribe who was not paged, and only writes", () => {
    const world = firingCore("P0");
    world.asks({ type: "role.claim", role: "scribe" }, EVE);
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P0 Alice, Bob", "P0 Mia"]);
  });
});

describe("an unacknowledged P2", () => {
  test("opens a ticket after 20 minutes, and pages the next step after 30", () => {
    const world = firingCore("P2");
    world.passes(20 * MINUTE - 1);
    expect(world.types()).not.toContain("ticket.requested");
    world.passes(1);
    expect(world.events.at(-1)).toMatchObject({
      type: "ticket.requested",
      data: { reason: "not acknowledged since 14:32 UTC" },
    });
    world.passes(10 * MINUTE);
    expect(world.effects.filter(({ type }) => type === "ticket.open")).toHaveLength(1);
    expect(world.paged()).toEqual(["P2 Alice", "P2 Mia"]);
  });

  test("opens no ticket when it is acknowledged in time", () => {
    const world = firingCore("P2");
    world.passes(19 * MINUTE);
    world.asks({ type: "incident.acknowledge" });
    world.passes(60 * MINUTE);
    expect(world.types()).not.toContain("ticket.requested");
  });
});
