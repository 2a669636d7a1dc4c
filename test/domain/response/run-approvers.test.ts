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
    commands?: boolean;
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
    { from: ["commander"], who: ALICE_PERSON, commands: true, refusal: null },
    { from: ["commander"], who: zoe, commands: true, refusal: ONLY("commander") },
    { from: ["anyone"], who: ALICE_PERSON, refusal: null },
    { from: ["anyone"], who: zoe, refusal: ONLY("anyone") },
    { from: ["commander"], who: zoe, refusal: ONLY("commander") },
    { from: ["roles"], who: ALICE_PERSON, commands: true, refusal: null },
    { from: ["roles"], who: zoe, commands: true, refusal: ONLY("roles") },
    { from: ["responders"], who: ALICE_PERSON, refusal: null },
    { from: ["responders"], who: zoe, refusal: ONLY("responders") },
    { from: ["commander"], who: zoe, incident: null, commands: true, refusal: ONLY("commander") },
  ])(
    "from $from, by $who.name, on call $onCall, in $groups, commander $commands: $refusal",
    ({ from, who: person, incident, onCall = [], groups = [], commands = false, refusal }) => {
      const known = { onCall: () => onCall, groups };
      const { roles } = anIncident();
      const open = anIncident(commands ? { roles: { ...roles, commander: person } } : {});
      expect(approvalRefusal(aPolicy(STAFFED_POLICY), from, person, incident === null ? null : open, known)).toBe(
        refusal,
      );
    },
  );

  test("asks the chat only for names that are neither a team, a person nor a role", () => {
    expect(approvalGroups(aPolicy(STAFFED_POLICY), ["@orders", "bob", "commander", "@sre-leads", "S0LEADS01"])).toEqual(
      ["@sre-leads", "S0LEADS01"],
    );
  });
});
