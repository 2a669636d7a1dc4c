import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { ALICE, BOB, BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

function firingInChannel(severity: string): CoreHarness {
  const world = new CoreHarness(aPolicy(STAFFED_POLICY));
  world.receives(orderServiceDelivery(severity));
  world.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  return world;
}

/** What people see of an incident and what would happen by itself, without what only counts or logs. */
function facets(incident: Incident): Partial<Incident> {
  const {
    undo: _,
    undos: _undos,
    lastTask: _lastTask,
    lastEvent: __,
    pages: ___,
    episode: ____,
    channelRequested: _____,
    quietUntil: ______,
    ...rest
  } = incident;
  // A person who takes something back was active.
  return { ...rest, escalation: { ...rest.escalation, next: null }, heardAt: null, ackUntil: null };
}

type Row = {
  readonly what: string;
  readonly severity?: string;
  readonly before?: readonly SingleCommand[];
  readonly verb: SingleCommand;
};

const COMMAND = { type: "role.claim", role: "commander" } as const;

const undoable: readonly Row[] = [
  { what: "an acknowledgement", verb: { type: "incident.acknowledge" } },
  { what: "an acknowledgement of a P2", severity: "P2", verb: { type: "incident.acknowledge" } },
  { what: "a mitigation", before: [COMMAND], verb: { type: "incident.mitigate" } },
  { what: "a mitigation that nobody had acknowledged", verb: { type: "incident.mitigate" } },
  { what: "a resolution", before: [COMMAND], verb: { type: "incident.resolve", reason: "fixed" } },
  { what: "a resolution that nobody had acknowledged", verb: { type: "incident.resolve", reason: "fixed" } },
  {
    what: "a resolution after a mitigation",
    before: [COMMAND, { type: "incident.mitigate" }],
    verb: { type: "incident.resolve", reason: "fixed" },
  },
  {
    what: "a resolution with a hand-over pending",
    before: [COMMAND, { type: "handoff.offer", to: BOB_PERSON }],
    verb: { type: "incident.resolve", reason: "fixed" },
  },
  { what: "a cancellation", verb: { type: "incident.cancel", reason: "a test" } },
  {
    what: "a re-opening",
    before: [{ type: "incident.resolve", reason: "fixed" }],
    verb: { type: "incident.reopen", reason: null },
  },
  { what: "a rise", severity: "P2", verb: { type: "incident.set_priority", priority: "P0", reason: null } },
  {
    what: "a rise from a level that pages nobody",
    severity: "P3",
    verb: { type: "incident.set_priority", priority: "P1", reason: null },
  },
  { what: "a lowering", verb: { type: "incident.set_priority", priority: "P3", reason: "nobody feels it" } },
  { what: "a title", verb: { type: "incident.set_title", title: "Orders are late" } },
  { what: "a claim of command", verb: COMMAND },
  { what: "a claim of another role", before: [COMMAND], verb: { type: "role.claim", role: "scribe" } },
  { what: "a role given", before: [COMMAND], verb: { type: "role.assign", role: "tech", person: BOB_PERSON } },
  { what: "command laid down", before: [COMMAND], verb: { type: "role.assign", role: "commander", person: null } },
  {
    what: "command laid down with a hand-over pending",
    before: [COMMAND, { type: "handoff.offer", to: BOB_PERSON }],
    verb: { type: "role.assign", role: "commander", person: null },
  },
  { what: "an offer of command", before: [COMMAND], verb: { type: "handoff.offer", to: BOB_PERSON } },
  {
    what: "an offer to somebody else than before",
    before: [COMMAND, { type: "handoff.offer", to: BOB_PERSON }],
    verb: { type: "handoff.offer", to: { id: "U3", name: "Carol" } },
  },
  {
    what: "an offer withdrawn",
    before: [COMMAND, { type: "handoff.offer", to: BOB_PERSON }],
    verb: { type: "handoff.decline" },
  },
  { what: "an update", before: [COMMAND], verb: { type: "update.post", text: "on it", audience: "internal" } },
  { what: "a task", verb: { type: "task.add", kind: "task", text: "restart", owner: null, due: null } },
  {
    what: "a task done",
    before: [{ type: "task.add", kind: "task", text: "restart", owner: null, due: null }],
    verb: { type: "task.done", id: 1 },
  },
  { what: "a note", verb: { type: "note.add", text: "rolled back" } },
  {
    what: "a call for somebody",
    verb: { type: "incident.page", to: { kind: "person", person: BOB_PERSON }, message: null },
  },
];

const TIMERS = ["quiet", "escalate", "ticket", "update", "command"] as const;

describe("taking a verb back", () => {
  test.each(undoable)("restores everything that $what changed", ({ severity = "P1", before = [], verb }) => {
    const world = firingInChannel(severity);
    for (const each of before) world.does(each);
    world.passes(MINUTE);
    const previous = facets(world.incident());
    const running = TIMERS.map((timer) => world.timer(timer) !== null);
    const archives = world.timer("archive") !== null;
    world.does(verb);
    expect([facets(world.incident()), world.incident().pages.length, world.events.at(-1)!.type]).not.toEqual([
      previous,
      0,
      "",
    ]);
    world.passes(2 * MINUTE);
    world.does({ type: "undo" });
    expect(facets(world.incident())).toEqual(previous);
    expect(TIMERS.map((timer) => world.timer(timer) !== null)).toEqual(running);
    expect(world.timer("archive") !== null).toBe(archives);
  });

  test.each(undoable)("cannot itself be taken back after $what", ({ severity = "P1", before = [], verb }) => {
    const world = firingInChannel(severity);
    for (const each of [...before, verb, { type: "undo" } as const]) world.does(each);
    expect(world.asks({ type: "undo" })).toMatchObject({
      ok: false,
      refusal: "An undo cannot be undone: use the verb again.",
    });
  });

  test.each(undoable)(
    "is possible for 10 minutes after $what and no longer, unless Muster went on by itself",
    ({ severity = "P1", before = [], verb }) => {
      const world = firingInChannel(severity);
      for (const each of before) world.does(each);
      world.does(verb);
      const { undo } = world.incident();
      expect(undo).toMatchObject({ by: { id: ALICE.id }, at: world.now });
      world.now += 10 * MINUTE + 1;
      expect(world.asks({ type: "undo" })).toMatchObject({ ok: false });
      world.now -= 1;
      expect(world.asks({ type: "undo" })).toMatchObject({ ok: true });
    },
  );

  test("restores the same state after any earlier verbs", () => {
    const verbs = fc.constantFrom(...undoable.map(({ verb }) => verb));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(verbs, fc.constantFrom(ALICE, BOB), fc.integer({ min: 0, max: 20 * MINUTE })), {
          maxLength: 8,
        }),
        verbs,
        (story, last) => {
          const world = firingInChannel("P1");
          for (const [verb, actor, wait] of story) {
            world.asks(verb, actor);
            world.passes(wait);
          }
          const before = facets(world.incident());
          if (!world.asks(last).ok) return;
          world.does({ type: "undo" });
          expect(facets(world.incident())).toEqual(before);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("what undo refuses", () => {
  test("an escalation, which has paged a person", () => {
    const world = firingInChannel("P1");
    world.does({ type: "incident.acknowledge" });
    world.does({ type: "incident.escalate", reason: null });
    expect(world.asks({ type: "undo" }).ok).toBe(false);
  });

  test.each<{ readonly verb: SingleCommand; readonly ok: boolean }>([
    { verb: { type: "incident.set_priority", priority: "P0", reason: null }, ok: false },
    // These stand for themselves.
    { verb: { type: "role.assign", role: "scribe", person: BOB_PERSON }, ok: true },
    { verb: { type: "incident.set_title", title: "Other" }, ok: true },
  ])("a verb before an automatic escalation that may have built on it: $verb.type", ({ verb, ok }) => {
    const world = firingInChannel("P1");
    world.does(verb);
    world.now += 1;
    world.passes(10 * MINUTE - 1);
    world.now -= MINUTE;
    expect(world.paged().at(-1)).toMatch(/Mia$/);
    expect(world.asks({ type: "undo" }).ok).toBe(ok);
  });

  test("a priority from which the alerts went on", () => {
    const world = firingInChannel("P2");
    world.does({ type: "incident.set_priority", priority: "P1", reason: null });
    world.receives(orderServiceDelivery("P0", { fingerprint: "other" }));
    expect(world.incident().priority).toBe("P0");
    expect(world.asks({ type: "undo" }).ok).toBe(false);
  });

  test("but alert events without an effect on it do not prevent undo", () => {
    const world = firingInChannel("P1");
    world.does({ type: "incident.set_title", title: "Other" });
    world.receives(orderServiceDelivery("P1", { fingerprint: "other" }));
    world.does({ type: "undo" });
    expect(world.incident().title).not.toBe("Other");
    expect(world.incident().alerts.firing).toBe(2);
  });

  test("a closed incident: it is re-opened instead", () => {
    const world = firingInChannel("P1");
    for (const type of ["incident.resolve", "incident.close"] as const)
      world.does(type === "incident.resolve" ? { type, reason: "done" } : { type });
    expect(world.asks({ type: "undo" }).ok).toBe(false);
    world.does({ type: "incident.reopen", reason: null });
    expect(world.incident()).toMatchObject({ status: "acknowledged", closedAt: null });
  });

  test("an undo when there is nothing to undo", () => {
    expect(firingInChannel("P1").asks({ type: "undo" })).toMatchObject({ ok: false });
  });
});
