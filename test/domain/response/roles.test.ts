import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import type { Actor } from "#domain/values/language.ts";
import { ALICE, BOB, personOf } from "#test/support/builders/people.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { type CoreHarness, firingCore, commandedCore } from "#test/support/harness/core.ts";

const CAROL: Actor = { kind: "person", id: "U0CAROL01", name: "Carol" };

const directs = (world: CoreHarness) =>
  world.effects.flatMap((effect) =>
    effect.type === "chat.direct" && effect.about.kind !== "page" ? [`${effect.to.name}: ${effect.about.kind}`] : [],
  );

describe("a role", () => {
  test("is claimed with a button, and its checklist arrives by direct message", () => {
    const world = commandedCore();
    expect(world.incident()).toMatchObject({
      status: "acknowledged",
      roles: { commander: personOf(ALICE) },
      rolesSince: { commander: world.now },
    });
    expect(world.effects).toContainEqual(
      expect.objectContaining({ type: "chat.direct", to: personOf(ALICE), about: { kind: "role", role: "commander" } }),
    );
  });

  test("notifies the person who is given it", () => {
    const world = firingCore();
    world.does({ type: "role.assign", role: "tech", person: personOf(BOB) });
    expect([world.incident().status, directs(world)]).toEqual(["triggered", ["Bob: role"]]);
  });

  test("cannot be claimed when another person holds it", () => {
    expect(commandedCore().asks({ type: "role.claim", role: "commander" }, BOB)).toEqual({
      ok: false,
      refusal: "Alice is Incident Commander. Ask them to hand over.",
    });
  });

  test.each<{ command: SingleCommand; by: Actor; refusal: string }>([
    { command: { type: "role.claim", role: "commander" }, by: ALICE, refusal: "You already are Incident Commander." },
    {
      command: { type: "role.assign", role: "commander", person: personOf(CAROL) },
      by: BOB,
      refusal: "Alice is Incident Commander. They hand over with `handoff @USER`; without them, ask who runs Muster.",
    },
    {
      command: { type: "role.assign", role: "commander", person: null },
      by: BOB,
      refusal: "Alice is Incident Commander. They hand over with `handoff @USER`; without them, ask who runs Muster.",
    },
    {
      command: { type: "role.assign", role: "commander", person: personOf(BOB) },
      by: ALICE,
      refusal: "Command is handed over, not given away: `handoff @USER`. You have it until they take it.",
    },
    {
      command: { type: "role.assign", role: "commander", person: personOf(ALICE) },
      by: BOB,
      refusal: "Alice already is Incident Commander.",
    },
    { command: { type: "role.assign", role: "scribe", person: null }, by: BOB, refusal: "No one is Scribe." },
    {
      command: { type: "handoff.offer", to: personOf(CAROL) },
      by: BOB,
      refusal: "Alice has command, and only they can hand it over.",
    },
    { command: { type: "handoff.offer", to: personOf(ALICE) }, by: ALICE, refusal: "You already have command." },
    { command: { type: "handoff.accept" }, by: BOB, refusal: "INC-1 has no open offer of command: Alice has it." },
    { command: { type: "handoff.decline" }, by: BOB, refusal: "INC-1 has no open offer of command: Alice has it." },
  ])("$refusal", ({ command, by, refusal }) => {
    const world = commandedCore();
    const before = world.incident();
    expect(world.asks(command, by)).toEqual({ ok: false, refusal });
    expect(world.incident()).toBe(before);
  });

  test("of an ended incident cannot be assigned", () => {
    const world = firingCore();
    world.does({ type: "incident.resolve", reason: "done" });
    expect(world.asks({ type: "role.claim", role: "scribe" })).toEqual({ ok: false, refusal: "INC-1 is resolved." });
  });
});

describe("a handoff", () => {
  test("has two halves: until it is taken, the old commander has command", () => {
    const world = commandedCore();
    world.passes(MINUTE);
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    expect(world.incident()).toMatchObject({
      roles: { commander: personOf(ALICE) },
      handoff: { from: personOf(ALICE), to: personOf(BOB), at: world.now },
    });
    expect(world.effects).toContainEqual(expect.objectContaining({ type: "chat.handoff" }));
    world.passes(MINUTE);
    world.does({ type: "handoff.accept" }, BOB);
    expect(world.incident()).toMatchObject({
      roles: { commander: personOf(BOB) },
      handoff: null,
      rolesSince: { commander: world.now },
    });
    expect(directs(world)).toEqual(["Alice: role", "Bob: handoff", "Bob: role"]);
  });

  test("can be accepted only by the person it was offered to", () => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    expect(world.asks({ type: "handoff.accept" }, CAROL)).toEqual({
      ok: false,
      refusal: "Only Bob can accept this offer.",
    });
    expect(world.asks({ type: "handoff.decline" }, CAROL)).toEqual({
      ok: false,
      refusal: "The hand-over is between Alice and Bob.",
    });
    expect(world.asks({ type: "handoff.offer", to: personOf(BOB) })).toMatchObject({ ok: false });
  });

  test.each([
    { by: BOB, how: "declined" },
    { by: ALICE, how: "withdrawn" },
  ])("that $by.name ends is $how, and nothing changes", ({ by, how }) => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    world.does({ type: "handoff.decline" }, by);
    expect(world.events.at(-1)).toMatchObject({ type: "handoff.ended", data: { how } });
    expect(world.incident()).toMatchObject({ roles: { commander: personOf(ALICE) }, handoff: null });
  });

  test("to another than before withdraws the first offer", () => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    world.does({ type: "handoff.offer", to: personOf(CAROL) });
    expect(world.types().slice(-2)).toEqual(["handoff.ended", "handoff.offered"]);
    expect(world.asks({ type: "handoff.accept" }, BOB)).toMatchObject({ ok: false });
    world.does({ type: "handoff.accept" }, CAROL);
    expect(world.incident().roles.commander).toEqual(personOf(CAROL));
  });

  test("is withdrawn with the role that it offers, and restored with it", () => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    world.does({ type: "role.assign", role: "commander", person: null });
    expect(world.asks({ type: "handoff.accept" }, BOB)).toMatchObject({ ok: false });
    world.does({ type: "undo" });
    world.does({ type: "handoff.accept" }, BOB);
    expect(world.incident().roles.commander).toEqual(personOf(BOB));
  });

  test("ends with the incident: no one takes command of an ended or a reopened one", () => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    world.does({ type: "incident.resolve", reason: "done" });
    expect(world.asks({ type: "handoff.accept" }, BOB)).toMatchObject({ ok: false });
    world.does({ type: "incident.reopen", reason: null });
    expect(world.asks({ type: "handoff.accept" }, BOB)).toMatchObject({ ok: false });
  });
});

describe("command does not change hands behind anyone's back", () => {
  test("a commander who leaves the channel is asked to hand over, and keeps command until then", () => {
    const world = commandedCore();
    world.does({ type: "member.left", person: personOf(BOB) }, BOB);
    world.does({ type: "member.left", person: personOf(ALICE) });
    expect(directs(world)).toEqual(["Alice: role", "Alice: still-commander"]);
    expect(world.incident().roles.commander).toEqual(personOf(ALICE));
  });

  test("an absent commander loses command to a person who takes it, five minutes later and not before", () => {
    const world = commandedCore();
    world.does({ type: "member.left", person: personOf(ALICE) });
    world.passes(5 * MINUTE - 1);
    expect(world.asks({ type: "role.claim", role: "commander" }, BOB)).toMatchObject({
      ok: false,
      refusal: expect.stringContaining("They left the channel: from") as string,
    });
    world.passes(1);
    world.does({ type: "role.claim", role: "commander" }, BOB);
    expect(world.incident()).toMatchObject({ roles: { commander: personOf(BOB) }, commanderAway: null });
  });

  test("a commander who returns keeps command", () => {
    const world = commandedCore();
    world.does({ type: "member.left", person: personOf(ALICE) });
    world.does({ type: "member.joined", person: personOf(ALICE) });
    world.passes(60 * MINUTE);
    expect(world.asks({ type: "role.claim", role: "commander" }, BOB)).toMatchObject({
      ok: false,
      refusal: "Alice is Incident Commander. Ask them to hand over.",
    });
  });

  test("only the person who took over can undo it, and the other learns that they hold it again", () => {
    const world = commandedCore();
    world.does({ type: "handoff.offer", to: personOf(BOB) });
    world.does({ type: "handoff.accept" }, BOB);
    expect(world.asks({ type: "undo" }, CAROL)).toMatchObject({
      refusal: expect.stringContaining("Only Bob can undo the last verb") as string,
    });
    expect(world.asks({ type: "undo" }, ALICE)).toMatchObject({
      refusal: expect.stringContaining("Bob has changed the same since") as string,
    });
    world.does({ type: "undo" }, BOB);
    expect(world.incident()).toMatchObject({ roles: { commander: personOf(ALICE) }, handoff: { to: personOf(BOB) } });
    expect(directs(world).at(-1)).toBe("Alice: role");
  });

  test("only who gave command can undo that", () => {
    const world = firingCore();
    world.does({ type: "role.assign", role: "commander", person: personOf(BOB) });
    for (const other of [CAROL, BOB])
      expect(world.asks({ type: "undo" }, other)).toMatchObject({
        refusal: expect.stringContaining("Only Alice can undo the last verb") as string,
      });
    world.does({ type: "undo" });
    expect(world.incident()).toMatchObject({ status: "triggered", roles: { commander: null } });
  });

  test("command has at most one holder, and only its holder gives it away", () => {
    const people = [ALICE, BOB, CAROL];
    const verb = fc.oneof(
      fc.constantFrom<SingleCommand>(
        { type: "role.claim", role: "commander" },
        { type: "role.assign", role: "commander", person: null },
        { type: "handoff.accept" },
        { type: "handoff.decline" },
        { type: "undo" },
        { type: "incident.mitigate" },
        { type: "incident.resolve", reason: "r" },
        { type: "incident.reopen", reason: null },
      ),
      fc.constantFrom(...people).map((to): SingleCommand => ({ type: "handoff.offer", to: personOf(to) })),
      fc
        .constantFrom(...people)
        .map((to): SingleCommand => ({ type: "role.assign", role: "commander", person: personOf(to) })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(verb, fc.constantFrom(...people)), { maxLength: 25 }), (story) => {
        const world = firingCore();
        for (const [command, actor] of story) {
          const { roles, handoff } = world.incident();
          const done = world.asks(command, actor);
          const now = world.incident();
          expect(now.handoff === null || now.handoff.from.id === now.roles.commander?.id).toBe(true);
          if (!done.ok || roles.commander === null || now.roles.commander?.id === roles.commander.id) continue;
          // Taken from someone: by themselves, by the person they offered it to, or by the person who had just given it
          // to them.
          expect([roles.commander.id, handoff?.to.id, command.type === "undo" ? actor.id : null]).toContain(actor.id);
        }
      }),
      { numRuns: 300 },
    );
  });
});
