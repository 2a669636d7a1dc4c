import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { ALICE, BOB, BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

function orderIncident(): CoreHarness {
  const core = new CoreHarness(aPolicy(STAFFED_POLICY));
  core.receives(orderServiceDelivery("P1"));
  core.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  return core;
}

const undo = { type: "undo" } as const;
const title = { type: "incident.set_title", title: "Ordres are late" } as const;

describe("undo", () => {
  test("takes back the last verb of the person who asks, and leaves what others have written", () => {
    const core = orderIncident();
    const before = core.incident().title;
    core.does(title, ALICE);
    core.does({ type: "note.add", text: "important finding" }, BOB);
    core.does(undo, ALICE);
    expect(core.incident().title).toBe(before);
    expect(core.events.at(-1)).toMatchObject({ type: "verb.undone", data: { strikes: [] } });
    core.does(undo, BOB);
    expect(core.events.at(-1)).toMatchObject({ type: "verb.undone", data: { what: "Bob: important finding" } });
  });

  test("cannot be undone itself, and takes back no verb before it", () => {
    const core = orderIncident();
    core.does(title, ALICE);
    core.does({ type: "role.claim", role: "scribe" }, ALICE);
    core.does(undo, ALICE);
    expect(core.asks(undo, ALICE)).toEqual({ ok: false, refusal: "An undo cannot be undone: use the verb again." });
    expect(core.incident().title).toBe(title.title);
  });

  test("names who has changed the same since", () => {
    const core = orderIncident();
    core.does(title, ALICE);
    core.does({ type: "incident.set_title", title: "Orders are late" }, BOB);
    expect(core.asks(undo, ALICE)).toEqual({
      ok: false,
      refusal: "Bob has changed the same since: Title changed by Bob: Orders are late. Undo that first.",
    });
  });

  test("names whose the last verb is to a person who has done nothing", () => {
    const core = orderIncident();
    core.does(title, ALICE);
    expect(core.asks(undo, BOB)).toMatchObject({
      refusal: expect.stringMatching(/^You did nothing in INC-1 in the last 10 min. Only Alice can undo/) as string,
    });
  });

  test.each<readonly [string, readonly SingleCommand[], string]>([
    ["an escalation", [{ type: "incident.escalate", reason: null }], "An escalation cannot be undone: "],
    [
      "a close",
      [{ type: "incident.resolve", reason: "fixed" }, { type: "incident.close" }],
      "Closing cannot be undone: `reopen` opens it again.",
    ],
  ])("gives the reason why %s cannot be undone", (_, verbs, refusal) => {
    const core = orderIncident();
    for (const verb of verbs) core.does(verb, ALICE);
    expect(core.asks(undo, ALICE)).toMatchObject({ refusal: expect.stringContaining(refusal) as string });
  });

  test("is refused when nothing is left, after ten minutes", () => {
    const core = orderIncident();
    core.does(title, ALICE);
    core.passes(11 * MINUTE);
    expect(core.asks(undo, ALICE)).toMatchObject({
      refusal: "There is nothing to undo in INC-1: only verbs of the last 10 min can be undone.",
    });
  });
});

const verb = fc.constantFrom<SingleCommand>(
  title,
  { type: "incident.set_title", title: "Orders" },
  { type: "note.add", text: "a note" },
  { type: "role.claim", role: "scribe" },
  { type: "role.claim", role: "tech" },
  { type: "task.add", kind: "task", text: "restart", owner: BOB_PERSON, due: null },
  { type: "incident.acknowledge" },
  { type: "incident.set_priority", priority: "P0", reason: null },
  { type: "incident.mitigate" },
);

test("an undo changes nothing that another person has done since", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(verb, fc.constantFrom(ALICE, BOB)), { minLength: 1, maxLength: 8 }), (steps) => {
      const core = orderIncident();
      for (const [each, actor] of steps) core.asks(each, actor);
      const others = core.incident().undos.filter(({ by }) => by.id !== ALICE.id);
      const last = core.incident().undos.findLast(({ by }) => by.id === ALICE.id);
      if (!core.asks(undo, ALICE).ok) return;
      const undone = core.events.findLast(({ type }) => type === "verb.undone")!;
      expect(undone.data).toMatchObject({ undone: last!.command });
      const since = others.filter(({ at, command }) => at >= last!.at && Number(command) > Number(last!.command));
      for (const each of since)
        for (const field of Object.keys(each.restore)) expect(Object.keys(last!.restore)).not.toContain(field);
    }),
    { numRuns: 150 },
  );
});
