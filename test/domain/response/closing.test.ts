import { describe, expect, test } from "vitest";
import { type SingleCommand, decideCommand } from "#domain/commands/command-registry.ts";
import { aContext } from "#test/support/builders/events.ts";
import { BOB } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { HOUR, MINUTE, NOW, SECOND } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

/** An incident whose alert fires, in a channel, and a second that someone declared for nothing in particular. */
function two(severity = "P1"): CoreHarness {
  const world = new CoreHarness(aPolicy(STAFFED_POLICY));
  world.receives(orderServiceDelivery(severity));
  world.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  world.declares({ title: "Orders are late", priority: "P2", page: false });
  return world;
}

describe("an incident that has ended", () => {
  test.each<{ ending: SingleCommand; status: string }>([
    { ending: { type: "incident.cancel", reason: "a load test" }, status: "canceled" },
    { ending: { type: "incident.resolve", reason: "done" }, status: "resolved" },
  ])("as $status has no open timers, and its channel is archived", ({ ending, status }) => {
    const world = two();
    world.does(ending);
    expect(world.effects).toContainEqual({ type: "page.resolve", episode: 1 });
    for (const timer of ["quiet", "escalate", "ticket", "update", "command"] as const)
      expect(world.timer(timer), timer).toBeNull();
    const paged = world.paged().length;
    world.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: world.now }));
    world.passes(8 * 24 * HOUR);
    expect(world.paged()).toHaveLength(paged);
    expect(world.incident().status).toBe(status === "resolved" ? "closed" : status);
    expect(world.effects.filter(({ type }) => type === "chat.archive")).toEqual([
      { type: "chat.archive", channel: "C1" },
    ]);
  });

  test("as merged asks nothing, is archived, and stays merged", () => {
    const world = two();
    world.merges(1, 2);
    world.passes(8 * 24 * HOUR);
    expect(world.incident()).toMatchObject({ status: "merged", mergedInto: 2, closedAt: NOW });
    expect(world.effects.filter(({ type }) => type === "chat.archive")).toEqual([
      { type: "chat.archive", channel: "C1" },
    ]);
  });

  test.each<{ before: readonly SingleCommand[]; command: SingleCommand; refusal: string }>([
    {
      before: [],
      command: { type: "incident.close" },
      refusal: "INC-1 is triggered: resolve it first, or `cancel REASON` when it never was one.",
    },
    {
      before: [{ type: "incident.cancel", reason: "r" }],
      command: { type: "incident.close" },
      refusal: "INC-1 is canceled: resolve it first",
    },
    {
      before: [{ type: "incident.cancel", reason: "r" }],
      command: { type: "incident.cancel", reason: "r" },
      refusal: "INC-1 is canceled.",
    },
    { before: [], command: { type: "incident.cancel", reason: " \u0000 " }, refusal: "Add why it is no incident." },
    { before: [], command: { type: "incident.reopen", reason: null }, refusal: "INC-1 is open: it is triggered." },
    { before: [], command: { type: "incident.resolve", reason: " \n" }, refusal: "1 alert of INC-1 still fires" },
    {
      before: [{ type: "incident.resolve", reason: "r" }, { type: "incident.close" }],
      command: { type: "incident.close" },
      refusal: "INC-1 is closed already.",
    },
    ...(["incident.acknowledge", "incident.mitigate"] as const).map((type) => ({
      before: [{ type: "incident.cancel", reason: "r" }] as const,
      command: { type },
      refusal: "INC-1 is canceled.",
    })),
    {
      before: [{ type: "incident.cancel", reason: "r" }],
      command: { type: "incident.escalate", reason: null },
      refusal: "INC-1 is canceled.",
    },
    {
      before: [{ type: "incident.cancel", reason: "r" }],
      command: { type: "incident.page", to: { kind: "team", team: "payments" }, message: null },
      refusal: "INC-1 is canceled.",
    },
  ])("$command.type after $before: $refusal", ({ before, command, refusal }) => {
    const world = two();
    for (const each of before) world.does(each);
    expect(world.asks(command)).toMatchObject({ ok: false, refusal: expect.stringContaining(refusal) as string });
  });

  test("cannot have ended before it began", () => {
    const began = anIncident({ detectedAt: NOW - MINUTE, alerts: { total: 1, firing: 0, flaps: 0 } });
    for (const command of [
      { type: "incident.resolve", reason: null } as const,
      { type: "incident.mitigate" } as const,
    ]) {
      const at = (instant: number) => decideCommand(began, command, aContext({ now: NOW + HOUR, at: instant }));
      expect(at(NOW - HOUR)).toEqual({
        ok: false,
        refusal: "INC-1 began at 2026-11-21 14:31:00 UTC, after 2026-11-21 13:32:00 UTC.",
      });
      expect([at(NOW - MINUTE).ok, at(NOW + MINUTE).ok]).toEqual([true, true]);
    }
    // The clock of the source is two seconds ahead, and someone is quick.
    const ahead = anIncident({ detectedAt: NOW + 2 * SECOND, alerts: { total: 1, firing: 0, flaps: 0 } });
    expect(decideCommand(ahead, { type: "incident.mitigate" }, aContext({ at: NOW + SECOND })).ok).toBe(true);
  });

  test("accepts a note about an earlier time, unless that time of day was long before", () => {
    const began = anIncident({ detectedAt: NOW - MINUTE });
    const at = (instant: number) =>
      decideCommand(began, { type: "note.add", text: "released" }, aContext({ now: NOW + HOUR, at: instant }));
    expect([at(NOW - HOUR).ok, at(NOW - 5 * HOUR).ok]).toEqual([true, true]);
    expect(at(NOW - 19 * HOUR)).toEqual({
      ok: false,
      refusal: "INC-1 began at 2026-11-21 14:31:00 UTC, after 2026-11-20 19:32:00 UTC.",
    });
  });

  test("stores the reason as safe text", () => {
    const world = two();
    world.does({ type: "incident.resolve", reason: `moved\u0000 away\u202e${"x".repeat(9_000)}` });
    const { reason } = world.events.find(({ type }) => type === "incident.resolved")!.data as { reason: string };
    expect([reason.startsWith("moved awayxxx"), reason.length]).toEqual([true, 3_000]);
  });
});

describe("late news of alerts", () => {
  test("of a canceled incident does not change it; a new stretch of firing opens an incident", () => {
    const world = two();
    world.does({ type: "incident.cancel", reason: "a load test" });
    world.receives(orderServiceDelivery("P0"));
    world.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: world.now }));
    expect(world.incident()).toMatchObject({ status: "canceled", priority: "P1", quietUntil: null });
    world.passes(MINUTE);
    world.receives(orderServiceDelivery("P1", { startsAt: world.now }));
    expect(world.incident(3)).toMatchObject({ status: "triggered" });
  });

  test("of a closed incident reopens it within half an hour, in a new channel when the old one is archived", () => {
    const world = two();
    for (const command of [
      { type: "incident.resolve", reason: "r" },
      { type: "incident.close" },
      { type: "channel.archived" },
    ] as const)
      world.does(command);
    world.passes(20 * MINUTE);
    world.receives(orderServiceDelivery("P1", { startsAt: world.now }));
    expect(world.incident()).toMatchObject({ status: "triggered", episode: 2, channel: null });
    expect(world.effects.findLast(({ type }) => type !== "chat.announce")).toEqual({ type: "chat.channel", had: 1 });
  });
});

describe("re-opening", () => {
  test("pages no one, because a person did it", () => {
    const world = two();
    world.does({ type: "incident.resolve", reason: "r" });
    world.passes(20 * MINUTE);
    world.does({ type: "incident.reopen", reason: "still slow" }, BOB);
    expect(world.events.at(-1)).toMatchObject({ data: { reason: "still slow" } });
    expect(world.incident()).toMatchObject({ status: "acknowledged", episode: 2, resolvedAt: null, mitigatedAt: null });
    expect(world.paged()).toEqual(["P1 Alice"]);
    expect(world.timer("archive")).toBeNull();
  });

  test("of a merged incident is refused", () => {
    const world = two();
    world.merges(1, 2);
    expect(world.asks({ type: "incident.reopen", reason: null })).toEqual({
      ok: false,
      refusal: "INC-1 was merged into INC-2. `unmerge` makes it an incident of its own again.",
    });
  });
});

describe("a declaration", () => {
  test("is an incident like one that an alert opens: routed, paged, and with a channel", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.declares(
      {
        title: " Checkout\u0000 is down ",
        priority: "P1",
        service: "order-service",
        summary: "since noon\n\n\n\nin Europe",
      },
      BOB,
    );
    expect(world.incident()).toMatchObject({
      title: "Checkout is down",
      priorityReason: "declared by Bob",
      route: { team: "orders" },
      summary: "since noon\n\nin Europe",
      declaredBy: { id: BOB.id, name: "Bob" },
      channelRequested: true,
    });
    expect(world.paged()).toEqual(["P1 Alice"]);
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia"]);
  });

  test("has the default priority and its reason; pages no one on request; two with one title are two incidents", () => {
    const world = new CoreHarness(aPolicy(STAFFED_POLICY));
    world.declares({ page: false });
    world.declares({ page: false });
    expect([world.incidents.size, world.paged()]).toEqual([2, []]);
    expect(world.incident(2)).toMatchObject({
      priority: "P2",
      priorityReason: "declared by Alice, who named no priority",
    });
    expect(world.incident(1).key).not.toBe(world.incident(2).key);
  });
});

describe("escalating by hand", () => {
  test.each([
    { severity: "P1", paged: ["P1 Alice", "P1 Mia", "P1 vic", "P1 Alice"] },
    { severity: "P2", paged: ["P2 Alice", "P2 Mia", "P2 vic", "P2 Alice"] },
    { severity: "P3", paged: ["P3 Alice", "P3 Mia", "P3 vic"] },
  ])("a $severity pages the next step each time, acknowledged or not", ({ severity, paged }) => {
    for (const acknowledged of [true, false]) {
      const world = two(severity);
      if (acknowledged) world.does({ type: "role.claim", role: "commander" });
      for (let i = 0; i < 3; i++) world.does({ type: "incident.escalate", reason: null }, BOB);
      expect(world.paged()).toEqual(paged);
    }
  });

  test("continues automatically while no one has acknowledged", () => {
    const world = two("P1");
    world.does({ type: "incident.escalate", reason: "no time" });
    expect(world.events.find(({ type }) => type === "escalation.advanced")).toMatchObject({
      data: { to: "Mia", reason: "Alice escalates: no time" },
    });
    world.passes(10 * MINUTE);
    expect(world.paged()).toEqual(["P1 Alice", "P1 Mia", "P1 vic"]);
  });

  test("does not delay a page that is due, nor does a call for a person", () => {
    const world = two("P1");
    world.does({ type: "incident.resolve", reason: "done" });
    world.passes(16 * MINUTE);
    world.does({ type: "incident.reopen", reason: null });
    world.does({ type: "incident.page", to: { kind: "person", person: { id: BOB.id, name: "Bob" } }, message: null });
    world.does({ type: "incident.resolve", reason: "done" });
    world.receives(orderServiceDelivery("P1", { startsAt: world.now }));
    expect(world.paged()).toEqual(["P1 Alice", "P1 Bob", "P1 Alice"]);
  });

  test("a team that is not in the policy is not paged", () => {
    expect(two().asks({ type: "incident.page", to: { kind: "team", team: "__proto__" }, message: null })).toEqual({
      ok: false,
      refusal: "There is no team called __proto__.",
    });
  });
});
