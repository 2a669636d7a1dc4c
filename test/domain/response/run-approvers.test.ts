import { describe, expect, test } from "vitest";
import { approvalGroups, approvalRefusal } from "#domain/response/run-approvers.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";

const zoe = { id: "U0ZOE0001", name: "Zoe" };

describe("an approval", () => {
  const ONLY = (from: string): string => `Only ${from} may approve this.`;

  test.each<{
    from: readonly string[];
    who: typeof zoe;
    incident?: null;
    onCall?: readonly string[];
    groups?: readonly string[];
    refusal: string | null;
  }>([
    { from: [], who: ALICE_PERSON, refusal: null },
    { from: [], who: zoe, refusal: "Only people who respond to the incident may approve this." },
    {
      from: [],
      who: ALICE_PERSON,
      incident: null,
      refusal: "Only people who respond to the incident may approve this.",
    },
    { from: ["@orders"], who: BOB_PERSON, refusal: null },
    { from: ["orders"], who: BOB_PERSON, refusal: null },
    { from: ["@orders"], who: zoe, refusal: ONLY("@orders") },
    { from: ["@orders"], who: zoe, onCall: [zoe.id], refusal: null },
    { from: ["bob"], who: BOB_PERSON, refusal: null },
    { from: ["bob"], who: ALICE_PERSON, refusal: ONLY("bob") },
    { from: ["@sre-leads"], who: zoe, groups: ["@sre-leads"], refusal: null },
    { from: ["@sre-leads", "bob"], who: zoe, refusal: ONLY("@sre-leads, bob") },
    { from: ["@constructor"], who: zoe, refusal: ONLY("@constructor") },
  ])(
    "from $from, by $who.name, on call $onCall, in $groups: $refusal",
    ({ from, who: person, incident, onCall = [], groups = [], refusal }) => {
      const known = { onCall: () => onCall, groups };
      expect(
        approvalRefusal(aPolicy(STAFFED_POLICY), from, person, incident === null ? null : anIncident(), known),
      ).toBe(refusal);
    },
  );

  test("asks the chat only for names that are neither a team nor a person", () => {
    expect(approvalGroups(aPolicy(STAFFED_POLICY), ["@orders", "bob", "@sre-leads", "S0LEADS01"])).toEqual([
      "@sre-leads",
      "S0LEADS01",
    ]);
  });
});
