import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isKnownPerson, isPersonAmong, isSamePerson, policyPersonName, resolveActor } from "#domain/policy/people.ts";
import { apiPerson } from "#domain/values/api-actor.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const PEOPLE = {
  alice: {
    name: "Alice",
    slack: "U0ALICE01",
    pagerduty: "PALICE1",
    email: "Alice@example.com",
    api: ["ci-bot", "alice"],
    oidc: "sub-1",
  },
  bob: { name: "Bob", slack: "U0BOB0001", api: "bobs-token" },
  vic: {},
};
const POLICY = aPolicy({ people: PEOPLE });
const IDS: Readonly<Record<string, readonly string[]>> = {
  alice: [
    "alice",
    "U0ALICE01",
    "pagerduty:PALICE1",
    "email:alice@example.com",
    "api:ci-bot",
    "api:alice",
    "oidc:sub-1",
  ],
  bob: ["bob", "U0BOB0001", "api:bobs-token"],
  vic: ["vic"],
  nobody: ["api:Bob", "U0ZOE0001", "pagerduty:PX", "oidc:sub-2", "alicea", "api:", "constructor"],
};
const id = fc.constantFrom(...Object.entries(IDS).flatMap(([of, ids]) => ids.map((each) => ({ of, id: each }))));

test("two ids are one person exactly when the policy joins them, or when they are the same", () => {
  fc.assert(
    fc.property(id, id, (one, other) => {
      const same = one.id === other.id || (one.of === other.of && one.of !== "nobody");
      expect(isSamePerson(POLICY, one, other)).toBe(same);
      expect(isSamePerson(POLICY, other, one), "either way around").toBe(same);
      expect(isPersonAmong(POLICY, [other.id], one)).toBe(same);
      const resolved = resolveActor(POLICY, { ...one, name: "x" });
      expect(isSamePerson(POLICY, resolved, other), "resolved or not").toBe(same);
      expect(isSamePerson(null, resolved, resolveActor(POLICY, { ...other, name: "y" })), "as they are stored").toBe(
        same,
      );
    }),
  );
});

test("no one is the same as anybody", () => {
  expect(isSamePerson(POLICY, null, null)).toBe(false);
  expect(isSamePerson(POLICY, undefined, { id: "alice" })).toBe(false);
});

test.each(Object.entries(IDS).flatMap(([of, ids]) => ids.map((each) => [each, of] as const)))(
  "%s is known as %s",
  (each, of) => {
    expect(policyPersonName(POLICY, each)).toBe(of === "nobody" ? null : of);
    expect(isKnownPerson(POLICY, { id: each })).toBe(of !== "nobody");
  },
);

test("where the policy lists no one, the chat vouches for its own ids and for nothing else", () => {
  expect(isKnownPerson(aPolicy(), { id: "U0ZOE0001" })).toBe(true);
  expect(isKnownPerson(aPolicy(), apiPerson("Zoe"))).toBe(false);
  expect(isKnownPerson(aPolicy(), { id: "pagerduty:PX" })).toBe(false);
});

describe("an actor", () => {
  const via = { way: "api", token: "ci-bot" } as const;

  test("has the id of the chat and the name of the policy, and keeps the way", () => {
    expect(resolveActor(POLICY, apiPerson("ci-bot"), via)).toEqual({
      kind: "person",
      id: "U0ALICE01",
      name: "Alice",
      via,
    });
    expect(resolveActor(POLICY, { id: "vic", name: "x" })).toEqual({ kind: "person", id: "vic", name: "vic" });
  });

  test("whom the policy does not list stays as they are", () => {
    expect(resolveActor(POLICY, apiPerson("Bob"))).toEqual({ kind: "person", id: "api:Bob", name: "Bob" });
  });

  test("with a token of one person is not another", () => {
    const claimed = resolveActor(POLICY, apiPerson("bobs-token"), via);
    expect(isKnownPerson(POLICY, claimed)).toBe(false);
    expect(isSamePerson(POLICY, claimed, { id: "bob" })).toBe(false);
    const free = { way: "api", token: "bridge" } as const;
    expect(resolveActor(POLICY, apiPerson("bobs-token"), free)).toMatchObject({ id: "U0BOB0001", via: free });
  });
});

test("one id that two people have is refused", () => {
  expect(() => aPolicy({ people: { ...PEOPLE, eve: { api: "ci-bot" } } })).toThrow(/eve.*alice|alice.*eve/s);
  expect(() => aPolicy({ people: { ...PEOPLE, eve: { slack: "U0BOB0001" } } })).toThrow(/eve.*bob|bob.*eve/s);
});
