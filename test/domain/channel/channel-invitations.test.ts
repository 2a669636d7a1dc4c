import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelInvitations, invitedPeople } from "#domain/channel/invited-people.ts";
import type { SingleCommand } from "#domain/commands/command-registry.ts";
import { involvedPeople } from "#domain/incident/involved-people.ts";
import { isResponder } from "#domain/response/permission.ts";
import { ROLES, type Actor } from "#domain/values/language.ts";
import { ALICE, BOB, personOf } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { CoreHarness, orderServiceDelivery } from "#test/support/harness/core.ts";

const POLICY = aPolicy(STAFFED_POLICY);
const CHARLIE: Actor = { kind: "person", id: "U0CHARLIE", name: "Charlie" };
const DANA: Actor = { kind: "person", id: "U0DANA001", name: "Dana" };
const PEOPLE = [ALICE, BOB, CHARLIE, DANA];
const isMember = (id: string): boolean => id.startsWith("U0");

/** An open incident with a channel. */
function world(isPrivate: boolean): CoreHarness {
  const core = new CoreHarness(POLICY);
  if (isPrivate) core.declares({ private: true, page: false, priority: "P1" }, DANA);
  else core.receives(orderServiceDelivery("P1"));
  core.asks({ type: "channel.opened", channel: { id: "C1", name: "inc-1", url: "" } });
  return core;
}

function invited(core: CoreHarness): readonly (string | null)[] {
  return invitedPeople(channelInvitations(core.incident(), POLICY, isMember)).map(({ chatId }) => chatId);
}

const person = fc.constantFrom(...PEOPLE);
const command = fc.oneof<fc.Arbitrary<SingleCommand>[]>(
  fc.tuple(fc.constantFrom(...ROLES), person).map(([role, who]) => ({
    type: "role.assign",
    role,
    person: personOf(who),
  })),
  fc.constant({ type: "role.claim", role: "commander" } as const),
  fc.constant({ type: "incident.acknowledge" } as const),
  fc.constant({ type: "handoff.accept" } as const),
  person.map((who) => ({ type: "handoff.offer", to: personOf(who) })),
  person.map((who) => ({
    type: "incident.page",
    to: { kind: "person", person: personOf(who) },
    message: "need you",
  })),
  fc.constant({ type: "incident.page", to: { kind: "team", team: "payments" }, message: null } as const),
  fc.constant({ type: "incident.escalate", reason: null } as const),
  person.map((who) => ({ type: "task.add", kind: "task", text: "restart", owner: personOf(who), due: null })),
  person.map((who) => ({ type: "access.grant", person: personOf(who) })),
);

describe("everyone who comes to be involved in an incident", () => {
  test.each([false, true])("responds to it and is invited to its channel (private: %s)", (isPrivate) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(command, person), { maxLength: 12 }), (steps) => {
        const core = world(isPrivate);
        for (const [each, actor] of steps) {
          const before = core.incident();
          core.effects.length = 0;
          core.asks(each, actor);
          const after = core.incident();
          const known = new Set(involvedPeople(before).map(({ cause }) => cause));
          const fresh = involvedPeople(after).filter(({ cause }) => !known.has(cause));
          for (const { person: who } of fresh) expect(isResponder(POLICY, after, who)).toBe(true);
          expect(core.effects.some(({ type }) => type === "chat.members")).toBe(fresh.length > 0);
          for (const { person: who } of fresh.filter(({ person: { id } }) => isMember(id)))
            expect(invited(core)).toContain(who.id);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a private incident", () => {
  const outsider = { id: "U0BOB0001" };

  test("is seen by the people who act in it and by the members of its channel, and by no one else", () => {
    const core = world(true);
    expect(invited(core)).toEqual([DANA.id]);
    expect(isResponder(POLICY, core.incident(), outsider)).toBe(false);
    core.asks({ type: "member.joined", person: { id: BOB.id, name: "Bob" } });
    expect(isResponder(POLICY, core.incident(), outsider)).toBe(true);
    core.asks({ type: "member.left", person: { id: BOB.id, name: "Bob" } });
    expect(isResponder(POLICY, core.incident(), outsider)).toBe(false);
  });

  test("is not seen by the team of its service, as long as no one calls them", () => {
    expect(isResponder(POLICY, anIncident({ private: true }), outsider)).toBe(false);
    expect(isResponder(POLICY, anIncident(), outsider)).toBe(true);
  });
});

test("a role that someone is given again invites them again, and one that they keep does not", () => {
  const core = world(false);
  const causes = (): readonly string[] =>
    channelInvitations(core.incident(), POLICY, isMember)
      .filter(({ person: { chatId } }) => chatId === CHARLIE.id)
      .map(({ cause }) => cause);
  core.does({ type: "role.assign", role: "scribe", person: personOf(CHARLIE) });
  const first = causes();
  core.does({ type: "note.add", text: "deploy" });
  expect(causes()).toEqual(first);
  core.does({ type: "role.assign", role: "scribe", person: null });
  core.passes(60_000);
  core.does({ type: "role.assign", role: "scribe", person: personOf(CHARLIE) });
  expect(causes()).not.toEqual(first);
});
