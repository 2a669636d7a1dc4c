import { expect, test } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { roleTenures } from "#domain/postmortem/role-history.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const gets = (person: typeof ALICE | null): Fact => ({
  type: "role.assigned",
  data: { role: "commander", person: person === null ? null : { id: person.id, name: person.name } },
});
const undone: Fact = {
  type: "verb.undone",
  data: {
    what: "a slip",
    was: "triggered",
    restore: { roles: { commander: null, tech: null, comms: null, scribe: null } },
    strikes: [],
    withdraws: [],
  },
};
const roleHistoryOf = (...steps: readonly (readonly [number, Fact])[]): string[] =>
  roleTenures(steps.map(([minute, fact], i) => anEvent(fact, { seq: i + 1, at: NOW + minute * MINUTE }))).map(
    ({ name, since, until }) => `${name} ${(since - NOW) / MINUTE}–${until === null ? "" : (until - NOW) / MINUTE}`,
  );

test.each([
  [
    "one holder at a time, each from when to when",
    roleHistoryOf([1, gets(ALICE)], [9, gets(BOB)]),
    ["Alice 1–9", "Bob 9–"],
  ],
  ["nobody in between", roleHistoryOf([1, gets(ALICE)], [4, gets(null)], [9, gets(BOB)]), ["Alice 1–4", "Bob 9–"]],
  ["a slip that was taken back never was", roleHistoryOf([1, gets(ALICE)], [2, gets(BOB)], [3, undone]), ["Alice 1–"]],
])("%s", (_, is, wanted) => expect(is).toEqual(wanted));
