import { describe, expect, test } from "vitest";
import type { SignedInAccount } from "#domain/policy/account-session.ts";
import { accountPerson, isInMappedGroup, signInRefusal } from "#domain/policy/account-rules.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";

const policy = aPolicy({
  ...STAFFED_POLICY,
  people: {
    ...STAFFED_POLICY.people,
    mia: { name: "Mia", email: "mia@example.com" },
    twin1: { email: "twins@example.com" },
    twin2: { email: "twins@example.com" },
    ada: { name: "Ada", slack: "U0ADA0001", email: "ada@example.com", oidc: "sub-ada" },
    ida: { name: "Ida", oidc: { issuer: "https://id.example", subject: "sub-ida" } },
  },
  signIn: { allow: ["/oncall"], groups: { "@leads": ["/leads"] } },
});

/** Someone of the provider. */
function account(about: Partial<SignedInAccount> = {}): SignedInAccount {
  return { person: "oidc:1", name: "B. Ob", email: "bob@example.com", groups: [], provedAt: NOW, ...about };
}

describe("someone with an account", () => {
  test.each([
    { who: account(), is: { id: "U0BOB0001", name: "Bob" }, because: "the address is Bob's" },
    { who: account({ email: "BOB@Example.COM" }), is: { id: "U0BOB0001", name: "Bob" }, because: "case is no matter" },
    { who: account({ email: "mia@example.com" }), is: { id: "mia", name: "Mia" }, because: "Mia is not in the chat" },
    { who: account({ email: null }), is: { id: "oidc:1", name: "B. Ob" }, because: "no address was verified" },
    { who: account({ email: "twins@example.com" }), is: { id: "oidc:1", name: "B. Ob" }, because: "two have it" },
    { who: account({ email: "x@example.com" }), is: { id: "oidc:1", name: "B. Ob" }, because: "no one has it" },
    {
      who: account({ person: "U0ALICE01", groups: null }),
      is: { id: "U0ALICE01", name: "Alice" },
      because: "an account of the chat is its own id",
    },
    {
      who: account({ person: "U0ZOE0001", groups: null, email: "bob@example.com" }),
      is: { id: "U0ZOE0001", name: "B. Ob" },
      because: "the chat's accounts are joined by its ids only",
    },
    {
      who: account({ person: "oidc:sub-ada", email: "bob@example.com" }),
      is: { id: "U0ADA0001", name: "Ada" },
      because: "the subject counts before any address",
    },
    {
      who: account({ person: "oidc:sub-ada", email: null }),
      is: { id: "U0ADA0001", name: "Ada" },
      because: "a subject needs no address",
    },
    {
      who: account({ email: "ada@example.com" }),
      is: { id: "oidc:1", name: "B. Ob" },
      because: "the policy names Ada's account, and this is another",
    },
    { who: account({ person: "oidc:sub-ida" }), is: { id: "ida", name: "Ida" }, because: "it is of Ida's provider" },
  ])("is $is.id: $because", ({ who, is }) => {
    expect(accountPerson(policy, who, "https://id.example")).toEqual(is);
  });

  test("of another provider is no one's by a subject that the policy gives with its provider", () => {
    const who = account({ person: "oidc:sub-ida", email: null });
    expect(accountPerson(policy, who, "https://other.example")).toEqual({ id: "oidc:sub-ida", name: "B. Ob" });
    expect(policyPersonName(policy, "oidc:sub-ida")).toBeNull();
  });

  test("comes in by a group that the policy lets in, by the chat, or where it names none", () => {
    expect(signInRefusal(policy, account({ groups: ["/sales", "/oncall"] }))).toBeNull();
    expect(signInRefusal(policy, account({ groups: null }))).toBeNull();
    expect(signInRefusal(aPolicy(), account())).toBeNull();
    for (const groups of [[], ["/sales"], ["/oncall/x"], ["oncall"]])
      expect(signInRefusal(policy, account({ groups }))).toMatch(/Only people of \/oncall may sign in/);
  });

  test("is in a group of the policy by those of the provider that stand for it only", () => {
    expect(isInMappedGroup(policy, "@leads", account({ groups: ["/leads"] }))).toBe(true);
    for (const [group, groups] of [
      ["@leads", ["/sre"]],
      ["@leads", null],
      ["/leads", ["/leads"]],
      ["@constructor", ["/leads"]],
    ] as const)
      expect(isInMappedGroup(policy, group, account({ groups }))).toBe(false);
  });
});
