import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { isResponder } from "#domain/response/permission.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { ALICE, ALICE_PERSON, BOB, BOB_PERSON } from "#test/support/builders/people.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { MINUTE } from "#test/support/builders/instants.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

const POLICY = aPolicy({ ...STAFFED_POLICY, grouping: { related: null } });
const task = (text: string): SingleCommand => ({ type: "task.add", kind: "task", text, owner: BOB_PERSON, due: null });

/** INC-1 goes on, INC-2 is to be merged into it. */
function twoIncidents(isPrivate = false): CoreHarness {
  const core = new CoreHarness(POLICY);
  core.receives(orderServiceDelivery("P2"));
  core.declares({ title: "Payments are slow", priority: "P2", page: false, private: isPrivate }, BOB);
  return core;
}

describe("a merge", () => {
  test("takes command, roles, open tasks and people along", () => {
    const core = twoIncidents();
    core.does({ type: "role.claim", role: "commander" }, BOB, 2);
    core.does({ type: "role.assign", role: "scribe", person: { id: "U0CAROL", name: "Carol" } }, BOB, 2);
    core.does(task("restart"), BOB, 2);
    core.does(task("done already"), BOB, 2);
    core.does({ type: "task.done", id: 2 }, BOB, 2);
    core.does({ type: "role.claim", role: "scribe" }, ALICE, 1);
    core.does(task("of the first"), ALICE, 1);
    core.merges(2, 1);
    expect(core.incident(1)).toMatchObject({
      roles: { commander: BOB_PERSON, scribe: ALICE_PERSON },
      tasks: [{ id: 1 }, { id: 2, text: "restart", origin: { incident: 2, id: 1 } }],
    });
    expect(isResponder(POLICY, core.incident(1), { id: "U0CAROL" })).toBe(true);
  });

  test("writes no task of a private incident into one that everyone sees", () => {
    const core = twoIncidents(true);
    core.does(task("a secret"), BOB, 2);
    core.merges(2, 1);
    expect(JSON.stringify(core.incident(1))).not.toContain("a secret");
  });

  test("is taken back by `unmerge`, whatever was written or done since and however late", () => {
    const core = twoIncidents();
    core.does({ type: "role.claim", role: "commander" }, BOB, 2);
    core.does(task("restart"), BOB, 2);
    core.merges(2, 1);
    core.does({ type: "note.add", text: "still in the old channel" }, ALICE, 2);
    core.does({ type: "task.done", id: 1 }, BOB, 1);
    core.passes(30 * MINUTE);
    core.does({ type: "incident.unmerge" }, ALICE, 2);
    expect(core.incident(2)).toMatchObject({
      status: "acknowledged",
      mergedInto: null,
      beforeMerge: null,
      roles: { commander: BOB_PERSON },
      tasks: [{ id: 1, doneAt: expect.any(Number) as number }],
    });
    expect(core.incident(1)).toMatchObject({ tasks: [], roles: { commander: null } });
  });

  test("has words for the other incident for who writes in its channel", () => {
    const core = twoIncidents();
    core.merges(2, 1);
    for (const command of [{ type: "incident.acknowledge" } as const, task("more")])
      expect(core.asks(command, ALICE, 2)).toMatchObject({
        refusal: expect.stringContaining("INC-2 was merged into INC-1: go on there") as string,
      });
  });

  test("loses no one: everyone of the one that ends responds to the one that goes on", () => {
    const command = fc.oneof(
      fc.constant({ type: "incident.acknowledge" } as const),
      fc.constantFrom("U0C", "U0D").map((id): SingleCommand => ({
        type: "role.assign",
        role: "tech",
        person: { id, name: id },
      })),
      fc.constantFrom("U0E", "U0F").map((id): SingleCommand => ({
        type: "incident.page",
        to: { kind: "person", person: { id, name: id } },
        message: null,
      })),
      fc.constant(task("restart")),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 8 }), (commands) => {
        const core = twoIncidents();
        for (const each of commands) core.asks(each, BOB, 2);
        const people = involvedPeople(core.incident(2));
        core.merges(2, 1);
        for (const { person } of people) expect(isResponder(POLICY, core.incident(1), person)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
