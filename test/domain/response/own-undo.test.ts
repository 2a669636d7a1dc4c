import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { ROLES } from "#domain/values/language.ts";
import { partsOverlap, restoredParts } from "#domain/incident/restorable-parts.ts";
import { roleTenures } from "#domain/postmortem/role-history.ts";
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
      refusal: "Bob has changed the same since: Title changed by Bob: Orders are late. Bob must undo that first.",
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

const workItem = (text: string) => ({ type: "task.add", kind: "task", text, owner: null, due: null }) as const;

describe("undo beside the work of others", () => {
  test("removes its own task, and leaves those that others added or finished since", () => {
    const core = orderIncident();
    core.does(workItem("restart"), BOB);
    core.does(workItem("restrat"), ALICE);
    core.does(workItem("check the pool"), BOB);
    core.does({ type: "task.done", id: 1 }, BOB);
    core.does(undo, ALICE);
    expect(core.incident().tasks).toMatchObject([
      { id: 1, doneAt: expect.any(Number) as number },
      { id: 3, text: "check the pool", doneAt: null },
    ]);
  });

  test("opens its own task again with the ticket that it got since", () => {
    const core = orderIncident();
    core.does({ ...workItem("add an alert"), kind: "followup" }, ALICE);
    core.does({ type: "task.done", id: 1 }, ALICE);
    core.asks({ type: "task.ticketed", id: 1, key: "acme/shop#2", url: "https://example.com/2" });
    core.does(workItem("check the pool"), BOB);
    core.does(undo, ALICE);
    expect(core.incident().tasks).toMatchObject([{ id: 1, doneAt: null, ticket: { key: "acme/shop#2" } }, { id: 2 }]);
  });

  test("does not give the number of an undone task to another", () => {
    const core = orderIncident();
    core.does(workItem("restrat"), ALICE);
    core.does(undo, ALICE);
    core.does(workItem("restart"), BOB);
    expect(core.incident().tasks).toMatchObject([{ id: 2, text: "restart" }]);
  });

  test("takes back one role, and leaves the others", () => {
    const core = orderIncident();
    core.does({ type: "role.assign", role: "scribe", person: BOB_PERSON }, ALICE);
    core.does({ type: "role.claim", role: "tech" }, BOB);
    core.does(undo, ALICE);
    expect(core.incident().roles).toMatchObject({ scribe: null, tech: { id: BOB.id } });
    expect(roleTenures(core.events)).toMatchObject([{ role: "tech", name: "Bob", until: null }]);
  });

  test("takes a wrong priority back although someone has posted an update, which stays", () => {
    const core = orderIncident();
    core.does({ type: "incident.acknowledge" }, ALICE);
    const { plan } = core.incident();
    core.does({ type: "incident.set_priority", priority: "P0", reason: null }, ALICE);
    core.passes(MINUTE);
    core.does(
      { type: "update.post", text: "on it", audience: "internal" },
      { kind: "person", id: "U0CHARLIE", name: "Charlie" },
    );
    const { last } = core.incident().updates;
    core.does(undo, ALICE);
    expect(core.incident()).toMatchObject({
      priority: "P1",
      updates: { last, sent: 1, due: last! + plan.updateEvery! },
    });
    expect(core.timer("update")).toBe(core.incident().updates.due);
  });

  test("strikes out its own update although others posted one since", () => {
    const core = orderIncident();
    core.does({ type: "update.post", text: "all fixed", audience: "internal" }, ALICE);
    const { seq } = core.events.findLast(({ type }) => type === "update.posted")!;
    core.does({ type: "update.post", text: "still broken", audience: "internal" }, BOB);
    core.does(undo, ALICE);
    expect(core.events.at(-1)).toMatchObject({ type: "verb.undone", data: { strikes: [seq] } });
    expect(core.incident().updates.sent).toBe(2);
  });

  test("is refused where someone has built on the very same entry", () => {
    const core = orderIncident();
    core.does(workItem("restart"), ALICE);
    core.does({ type: "task.done", id: 1 }, BOB);
    expect(core.asks(undo, ALICE)).toEqual({
      ok: false,
      refusal: "Bob has changed the same since: Bob finished task 1. Bob must undo that first.",
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
  { type: "task.done", id: 1 },
  { type: "update.post", text: "on it", audience: "internal" },
  { type: "incident.acknowledge" },
  { type: "incident.set_priority", priority: "P0", reason: null },
  { type: "incident.mitigate" },
);

/** What a person can see of an incident, entry by entry. */
function entries({ tasks, roles, title: name, priority, status, escalation }: Incident): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ...tasks.map(({ id, doneAt }) => [`task ${id}`, doneAt] as const),
    ...ROLES.map((role) => [role, roles[role]?.id ?? null] as const),
    ["title", name],
    ["priority", priority],
    ["status", status],
    ["answer", escalation.answered?.page],
  ]);
}

/** The entries that differ. */
function changed(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

test("an undo changes exactly what its own verb changed, whatever others have done since", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(verb, fc.constantFrom(ALICE, BOB)), { maxLength: 5 }),
      verb,
      fc.array(verb, { maxLength: 5 }),
      (story, own, later) => {
        const core = orderIncident();
        for (const [each, actor] of story) core.asks(each, actor);
        const before = entries(core.incident());
        if (!core.asks(own, ALICE).ok) return;
        const mine = changed(before, entries(core.incident()));
        const since = new Set<string>();
        for (const each of later) {
          const now = entries(core.incident());
          core.asks(each, BOB);
          for (const key of changed(now, entries(core.incident()))) since.add(key);
        }
        const now = entries(core.incident());
        const { ok } = core.asks(undo, ALICE);
        const taken = changed(now, entries(core.incident()));
        // Status and priority reach into each other through the escalation.
        if (
          !mine.some((key) => since.has(key)) &&
          !["status", "priority", "commander", "answer"].some((key) => since.has(key))
        )
          expect(ok).toBe(true);
        if (ok) expect(taken).toEqual(mine);
      },
    ),
    { numRuns: 150 },
  );
});

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
        for (const part of restoredParts(each))
          for (const own of restoredParts(last!))
            expect([part, own, partsOverlap(part, own)]).toEqual([part, own, false]);
    }),
    { numRuns: 150 },
  );
});
