import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { BOB, BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

function firingInChannel(severity: string): CoreHarness {
  const world = new CoreHarness(aPolicy(STAFFED_POLICY));
  world.receives(orderServiceDelivery(severity));
  world.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  return world;
}

describe("an undone resolution", () => {
  test("of an unacknowledged incident escalates further, and restores its ticket and its updates", () => {
    const world = firingInChannel("P1");
    world.does({ type: "incident.resolve", reason: "wrong channel" });
    expect(world.timer("archive")).not.toBeNull();
    world.does({ type: "undo" });
    expect(world.incident()).toMatchObject({
      status: "triggered",
      episode: 2,
      escalation: { step: 1, next: { to: "Mia" } },
    });
    expect(world.timer("archive")).toBeNull();
    expect(world.timer("update")).toBe(world.incident().updates.due);
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Alice", "P1 Mia"]);
  });

  test.each(["incident.resolve", "incident.cancel"] as const)(
    "by %s pages again for the alarm that it closed, unless someone had answered or nothing fires",
    (type) => {
      const ends = (world: CoreHarness): void => world.does({ type, reason: "wrong channel" });
      const unanswered = firingInChannel("P1");
      ends(unanswered);
      unanswered.passes(MINUTE);
      unanswered.does({ type: "undo" });
      expect(unanswered.paged()).toEqual(["P1 Alice", "P1 Alice"]);
      expect(unanswered.incident().pages.map(({ status }) => status)).toEqual(["resolved", "requested"]);
      const answered = firingInChannel("P1");
      answered.does({ type: "incident.acknowledge" });
      ends(answered);
      answered.does({ type: "undo" });
      expect(answered.paged()).toEqual(["P1 Alice"]);
      const quiet = firingInChannel("P1");
      quiet.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: quiet.now }));
      ends(quiet);
      quiet.does({ type: "undo" });
      expect(quiet.paged()).toEqual(["P1 Alice"]);
    },
  );

  test("of a P2 opens its ticket after 20 minutes", () => {
    const world = firingInChannel("P2");
    world.does({ type: "incident.resolve", reason: "wrong channel" });
    world.does({ type: "undo" });
    world.passes(20 * MINUTE);
    expect(world.effects.filter(({ type }) => type === "ticket.open")).toHaveLength(1);
  });

  test("stays open although no alert fires", () => {
    const world = firingInChannel("P1");
    world.does({ type: "role.claim", role: "commander" });
    world.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: world.now }));
    expect(world.timer("quiet")).not.toBeNull();
    world.does({ type: "incident.resolve", reason: null });
    world.does({ type: "undo" });
    world.passes(5 * MINUTE);
    expect(world.incident()).toMatchObject({ status: "acknowledged", quietUntil: null });
  });
});

describe("an undone re-opening", () => {
  test("archives the channel as scheduled before", () => {
    const world = firingInChannel("P1");
    world.does({ type: "incident.resolve", reason: "done" });
    world.does({ type: "incident.reopen", reason: null });
    expect(world.timer("archive")).toBeNull();
    world.does({ type: "undo" });
    world.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: world.now }));
    world.passes(8 * 24 * 60 * MINUTE);
    expect(world.incident().status).toBe("closed");
    expect(world.effects).toContainEqual({ type: "chat.archive", channel: "C1" });
  });
});

describe("an undone acknowledgement", () => {
  test("leaves the pages unanswered, and the escalation continues", () => {
    const world = firingInChannel("P1");
    world.does({ type: "page.sent", key: world.incident().pages[0]!.key, to: "Alice", via: "pager" });
    world.does({ type: "incident.acknowledge" });
    expect(world.incident().pages).toMatchObject([{ status: "acknowledged" }]);
    world.does({ type: "undo" });
    expect(world.incident().pages).toMatchObject([{ status: "sent", acknowledgedAt: null }]);
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia"]);
  });
});

describe("an undone priority", () => {
  test("that was lowered continues the escalation as before", () => {
    const world = firingInChannel("P1");
    const due = world.timer("escalate");
    world.does({ type: "incident.set_priority", priority: "P3", reason: null });
    expect(world.incident().escalation.next).toBeNull();
    world.does({ type: "undo" });
    expect([world.timer("escalate"), world.incident().escalation.next?.at]).toEqual([due, due]);
  });

  test("that was raised pages no one else, withdraws its page, and does not count in figures", () => {
    const world = firingInChannel("P3");
    world.does({ type: "incident.set_priority", priority: "P0", reason: "slip" });
    const { key } = world.incident().pages[0]!;
    world.does({ type: "undo" });
    expect(world.incident()).toMatchObject({
      priority: "P3",
      peak: "P3",
      escalation: { next: null },
      pages: [{ status: "canceled" }],
    });
    expect(world.effects).toContainEqual({ type: "page.withdraw", key });
    world.passes(60 * MINUTE);
    // Alice, who did it, is not paged for it.
    expect(world.paged()).toEqual(["P0 Bob"]);
  });

  test("that was raised after an earlier page withdraws only its own page", () => {
    const world = firingInChannel("P2");
    world.does({ type: "incident.set_priority", priority: "P0", reason: "slip" });
    const [before, slip] = world.incident().pages;
    world.does({ type: "undo" });
    expect(world.effects.filter(({ type }) => type === "page.withdraw")).toEqual([
      { type: "page.withdraw", key: slip!.key },
    ]);
    expect(world.incident().pages).toMatchObject([{ key: before!.key, status: "requested" }, { status: "canceled" }]);
    world.passes(20 * MINUTE);
    expect(world.paged()).toEqual(["P2 Alice", "P0 Bob"]);
  });
});

describe("an undone call for a person", () => {
  test("is withdrawn at the pager, and canceled if it was waiting", () => {
    const world = firingInChannel("P1");
    world.does({ type: "incident.page", to: { kind: "person", person: BOB_PERSON }, message: "please" });
    const { key } = world.incident().pages[1]!;
    world.does({ type: "undo" });
    expect(world.effects).toContainEqual({ type: "page.withdraw", key });
    expect(world.incident().pages[1]).toMatchObject({ status: "canceled", apart: true });
  });
});

describe("an undone note", () => {
  test.each<SingleCommand>([
    { type: "note.add", text: "rolled back" },
    { type: "update.post", text: "on it", audience: "internal" },
    { type: "task.add", kind: "task", text: "restart", owner: null, due: null },
  ])("by $type is struck out of the timeline", (verb) => {
    const world = firingInChannel("P1");
    world.does(verb, BOB);
    const { seq } = world.events.at(-1)!;
    world.does({ type: "undo" }, BOB);
    expect(world.events.at(-1)).toMatchObject({ type: "verb.undone", data: { strikes: [seq] } });
  });
});
