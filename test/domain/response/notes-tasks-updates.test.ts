import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import type { Updates } from "#domain/incident/incident.ts";
import { isOpen } from "#domain/values/language.ts";
import { ALICE, BOB, BOB_PERSON } from "#test/support/builders/people.ts";
import { aMessage } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { type CoreHarness, firingCore, commandedCore, orderServiceDelivery } from "#test/support/harness/core.ts";

const UPDATE = { type: "update.post", text: "on it", audience: "internal" } as const;
const reminded = (world: CoreHarness) =>
  world.events.flatMap((event) =>
    event.type === "update.overdue" ? [`+${(event.at - NOW) / MINUTE} ${event.data.owed.name}`] : [],
  );

describe("an update", () => {
  test.each([
    { severity: "P0", every: 15 },
    { severity: "P1", every: 30 },
    { severity: "P2", every: 60 },
  ])("of a $severity is promised every $every minutes, from the first alert on", ({ severity, every }) => {
    const world = firingCore(severity);
    expect(world.incident().updates).toMatchObject({ due: NOW + every * MINUTE, remindAt: NOW + every * MINUTE });
    expect(world.timer("update")).toBe(NOW + every * MINUTE);
  });

  test.each(["P3", "P4"])("of a %s is owed to no one", (severity) => {
    const world = firingCore(severity);
    world.passes(24 * 60 * MINUTE);
    expect([world.incident().updates.due, reminded(world)]).toEqual([null, []]);
  });

  test("is posted where incidents are watched, and counted: on time or not, and the longest silence", () => {
    const world = commandedCore();
    world.passes(20 * MINUTE);
    world.does(UPDATE);
    expect(world.effects.filter(({ type }) => type === "chat.relay")).toMatchObject([
      { channel: "incidents" },
      { channel: "team-orders" },
    ]);
    world.passes(45 * MINUTE);
    world.does(UPDATE);
    expect(world.incident().updates).toMatchObject({
      sent: 2,
      onTime: 1,
      longestSilence: 45 * MINUTE,
      due: world.now + 30 * MINUTE,
    });
  });

  test.each(["", "  \n ", "\u0000"])("of no words is none: %j", (text) => {
    expect(commandedCore().asks({ ...UPDATE, text })).toEqual({ ok: false, refusal: "An update needs words." });
  });

  test("that ran out before anyone had answered is owed again by the person who takes a role for it", () => {
    const world = firingCore("P1");
    world.passes(40 * MINUTE);
    expect(reminded(world)).toEqual([]);
    world.does({ type: "role.assign", role: "comms", person: BOB_PERSON });
    expect(world.timer("update")).toBe(world.now + 30 * MINUTE);
    world.passes(30 * MINUTE);
    expect(reminded(world)).toHaveLength(1);
  });

  test("that is overdue reminds the communications lead, then the commander, then stops", () => {
    const world = commandedCore();
    world.does({ type: "role.assign", role: "comms", person: BOB_PERSON });
    world.passes(24 * 60 * MINUTE);
    expect(reminded(world)).toEqual(["+30 Bob", "+35 Alice"]);
    world.does(UPDATE);
    world.passes(24 * 60 * MINUTE);
    expect(reminded(world).slice(2)).toEqual([`+${24 * 60 + 30} Bob`, `+${24 * 60 + 35} Alice`]);
  });

  test("reminds no one before a person answers; after a late answer the full interval starts", () => {
    const world = firingCore();
    world.passes(41 * MINUTE);
    expect(reminded(world)).toEqual([]);
    world.does({ type: "role.claim", role: "commander" });
    expect(world.incident().updates.due).toBe(world.now + 30 * MINUTE);
    world.passes(60 * MINUTE);
    expect(reminded(world)).toEqual(["+71 Alice", "+76 Alice"]);
  });

  test("is due sooner when the priority rises, but not at once when none was due before", () => {
    const world = firingCore("P3");
    world.passes(5 * 60 * MINUTE);
    world.does({ type: "incident.set_priority", priority: "P1", reason: null });
    expect(world.incident().updates.due).toBe(world.now + 30 * MINUTE);
    world.passes(10 * MINUTE);
    world.does({ type: "incident.set_priority", priority: "P0", reason: null });
    expect(world.incident().updates.due).toBe(world.now + 5 * MINUTE);
  });

  test("is counted from the re-opening, also after the priority changes", () => {
    const world = commandedCore();
    world.does(UPDATE);
    world.does({ type: "incident.resolve", reason: "done" });
    expect([world.incident().updates.due, world.timer("update")]).toEqual([null, null]);
    world.receives(orderServiceDelivery("P1", { status: "resolved", endsAt: world.now }));
    world.passes(3 * 60 * MINUTE);
    world.does({ type: "incident.reopen", reason: null });
    world.passes(MINUTE);
    world.does({ type: "incident.set_priority", priority: "P0", reason: null });
    expect(world.incident().updates).toMatchObject({ due: world.now + 14 * MINUTE, longestSilence: 0 });
  });

  test("that was never written is a silence as long as the incident", () => {
    const world = commandedCore();
    world.passes(50 * MINUTE);
    world.does({ type: "incident.resolve", reason: "done" });
    expect(world.incident().updates).toMatchObject({ sent: 0, longestSilence: 50 * MINUTE });
  });

  test("is due only while the incident is open, and its owner is reminded, but not for ever", () => {
    const verb = fc.constantFrom<SingleCommand>(
      UPDATE,
      { type: "role.claim", role: "commander" },
      { type: "role.assign", role: "comms", person: BOB_PERSON },
      { type: "incident.mitigate" },
      { type: "incident.resolve", reason: "r" },
      { type: "incident.reopen", reason: null },
      { type: "incident.cancel", reason: "r" },
      { type: "incident.set_priority", priority: "P0", reason: null },
      { type: "incident.set_priority", priority: "P3", reason: null },
      { type: "undo" },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(verb, fc.integer({ min: 0, max: 50 * MINUTE })), { maxLength: 12 }), (story) => {
        const world = firingCore();
        for (const [command, wait] of story) {
          world.asks(command);
          world.passes(wait);
          const { status, updates, plan, acknowledgedBy } = world.incident();
          if (updates.due !== null) expect(isOpen(status) && plan.updateEvery !== null).toBe(true);
          const requests: Updates["remindAt"] = world.timer("update");
          if (updates.due !== null && acknowledgedBy !== null && updates.reminders < 2)
            expect(requests).toBe(updates.remindAt);
          if (updates.due === null) expect(requests).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a note", () => {
  test("keeps its lines and drops what cannot be displayed", () => {
    const world = firingCore();
    world.does({ type: "note.add", text: " rolled\u0000 back \r\n\r\n\r\n\r\nto 1.4\u202e " });
    expect(world.events.at(-1)).toMatchObject({ type: "note.added", data: { text: "rolled back\n\nto 1.4" } });
    expect(world.asks({ type: "note.add", text: "\n" })).toEqual({ ok: false, refusal: "A note needs words." });
  });

  test("is cut where a chat would refuse it", () => {
    const world = firingCore();
    world.does({ type: "note.add", text: "x".repeat(50_000) });
    expect(world.events.at(-1)).toMatchObject({ data: { text: expect.stringMatching(/^x{2999}…$/) as string } });
  });

  test("can be added after the incident has ended", () => {
    const world = firingCore();
    world.does({ type: "incident.resolve", reason: "done" });
    world.does({ type: "note.add", text: "customers were told" });
    expect(world.events.at(-1)!.type).toBe("note.added");
  });
});

describe("a task", () => {
  const task = (text: string) => ({ type: "task.add", kind: "task", text, owner: BOB_PERSON, due: null }) as const;

  test("is numbered, completed once, and announced with its owner", () => {
    const world = firingCore();
    world.does(task("restart"));
    world.does({ type: "task.add", kind: "followup", text: "alert on\nthe pool", owner: null, due: "2026-11-30" });
    world.does({ type: "task.done", id: 1 }, BOB);
    expect(world.incident().tasks).toEqual([
      { id: 1, kind: "task", text: "restart", owner: BOB_PERSON, due: null, doneAt: world.now },
      { id: 2, kind: "followup", text: "alert on the pool", owner: null, due: "2026-11-30", doneAt: null },
    ]);
  });

  test.each<{ command: SingleCommand; refusal: string }>([
    { command: task(" \n "), refusal: "Add what is to be done." },
    { command: { type: "task.done", id: 7 }, refusal: "There is no task 7." },
    { command: { type: "task.done", id: 1 }, refusal: "Task 1 is done already." },
  ])("$refusal", ({ command, refusal }) => {
    const world = firingCore();
    world.does(task("restart"));
    world.does({ type: "task.done", id: 1 });
    expect(world.asks(command)).toEqual({ ok: false, refusal });
  });

  test("is the two hundredth at most", () => {
    const world = firingCore();
    for (let i = 0; i < 200; i++) world.does(task(`${i}`));
    expect(world.asks(task("one more"))).toMatchObject({
      ok: false,
      refusal: expect.stringContaining("200 tasks") as string,
    });
  });
});

describe("a message for the timeline", () => {
  const mark = { type: "message.mark", channel: "C1", id: "1.0", thread: null } as const;
  const captured = { type: "message.captured", channel: "C1", message: aMessage() } as const;

  test("is fetched when it is marked, and kept word for word", () => {
    const world = firingCore();
    world.does(mark);
    expect(world.effects).toContainEqual({ type: "chat.capture", channel: "C1", id: "1.0", thread: null });
    world.does(captured);
    expect(world.events.at(-1)).toMatchObject({
      type: "message.captured",
      data: { message: { author: BOB_PERSON, text: "connection pool exhausted" } },
    });
  });

  test("is marked by each person once, and removed with the last mark", () => {
    const world = firingCore();
    for (const person of [ALICE, ALICE, BOB]) world.does(mark, person);
    expect(world.incident().marks).toEqual({ "C1:1.0": [ALICE.id, BOB.id] });
    world.does({ type: "message.unmark", channel: "C1", id: "1.0" }, ALICE);
    world.does({ type: "message.unmark", channel: "C1", id: "1.0" }, ALICE);
    expect(world.incident().marks).toEqual({ "C1:1.0": [BOB.id] });
    world.does({ type: "message.unmark", channel: "C1", id: "1.0" }, BOB);
    expect(world.incident().marks).toEqual({});
    expect(world.types().filter((type) => type === "message.unmarked")).toHaveLength(2);
  });

  test("ignores a captured message whose mark was removed, and changes of one that was never marked", () => {
    const world = firingCore();
    const before = world.events.length;
    world.does(captured);
    world.does({ type: "message.edited", channel: "C1", id: "1.0", text: "other" });
    world.does({ type: "message.deleted", channel: "C1", id: "1.0" });
    expect(world.events).toHaveLength(before);
  });

  test("that is edited or deleted adds an entry", () => {
    const world = firingCore();
    world.does(mark);
    world.does({ type: "message.edited", channel: "C1", id: "1.0", text: "pool is\u0000 full" });
    expect(world.events.at(-1)).toMatchObject({ type: "message.edited", data: { text: "pool is full" } });
    world.does({ type: "message.deleted", channel: "C1", id: "1.0" });
    expect([world.events.at(-1)!.type, world.incident().marks]).toEqual(["message.deleted", {}]);
  });

  test("called __proto__ is a message like any other", () => {
    const world = firingCore();
    world.does({ ...mark, channel: "__proto__", id: "" });
    world.does({ ...mark, channel: "constructor", id: "x" });
    expect(Object.keys(world.incident().marks)).toEqual(["__proto__:", "constructor:x"]);
  });
});
