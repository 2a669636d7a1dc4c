import { describe, expect, test } from "vitest";
import { type Incident, UNASSIGNED_ROLES } from "#domain/incident/incident.ts";
import { permissionRefusal, requiredGroups, isResponder } from "#domain/response/permission.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";

const zoe = { id: "U0ZOE0001", name: "Zoe" };
const may = (rules: readonly string[]) => aPolicy({ ...STAFFED_POLICY, permissions: { resolve: rules } });
const IN_WORDS = "(permissions in muster.yaml).";

describe("a verb", () => {
  test.each<{
    rules: readonly string[];
    who: typeof zoe;
    incident?: Partial<Incident> | null;
    groups?: readonly string[];
    refusal: string | null;
  }>([
    { rules: ["anyone"], who: zoe, refusal: null },
    { rules: ["anyone"], who: zoe, incident: null, refusal: null },
    { rules: ["responders"], who: ALICE_PERSON, refusal: null },
    {
      rules: ["responders"],
      who: zoe,
      refusal: `\`resolve\` is for the people of the incident's team and roles ${IN_WORDS}`,
    },
    { rules: ["responders"], who: zoe, incident: { acknowledgedBy: zoe }, refusal: null },
    { rules: ["responders"], who: zoe, incident: { declaredBy: zoe }, refusal: null },
    { rules: ["responders"], who: zoe, incident: { roles: { ...UNASSIGNED_ROLES, scribe: zoe } }, refusal: null },
    {
      rules: ["responders"],
      who: ALICE_PERSON,
      incident: null,
      refusal: `\`resolve\` is for the people of the incident's team and roles ${IN_WORDS}`,
    },
    { rules: ["roles"], who: zoe, incident: { roles: { ...UNASSIGNED_ROLES, comms: zoe } }, refusal: null },
    {
      rules: ["roles"],
      who: ALICE_PERSON,
      refusal: `\`resolve\` is for whoever has a role in the incident ${IN_WORDS}`,
    },
    { rules: ["commander"], who: zoe, incident: { roles: { ...UNASSIGNED_ROLES, commander: zoe } }, refusal: null },
    {
      rules: ["commander"],
      who: zoe,
      incident: { roles: { ...UNASSIGNED_ROLES, scribe: zoe } },
      refusal: `\`resolve\` is for the Incident Commander ${IN_WORDS}`,
    },
    {
      rules: ["commander"],
      who: zoe,
      incident: null,
      refusal: `\`resolve\` is for the Incident Commander ${IN_WORDS}`,
    },
    { rules: ["@sre-leads"], who: zoe, groups: ["@sre-leads"], refusal: null },
    { rules: ["@sre-leads"], who: zoe, groups: ["@others"], refusal: `\`resolve\` is for @sre-leads ${IN_WORDS}` },
    {
      rules: ["commander", "S0LEADS01"],
      who: zoe,
      refusal: `\`resolve\` is for the Incident Commander, S0LEADS01 ${IN_WORDS}`,
    },
    { rules: ["commander", "S0LEADS01"], who: zoe, groups: ["S0LEADS01"], refusal: null },
  ])(
    "for $rules, asked for by $who.name in $groups: $refusal",
    ({ rules, who: person, incident = {}, groups = [], refusal }) => {
      expect(
        permissionRefusal(may(rules), "resolve", person, incident === null ? null : anIncident(incident), groups),
      ).toBe(refusal);
    },
  );

  test.each(["ack", "constructor", "__proto__", "toString"])(
    "that the policy does not name is for everyone: %s",
    (verb) => {
      expect(permissionRefusal(may(["commander"]), verb, zoe, anIncident(), [])).toBeNull();
      expect(requiredGroups(may(["@x"]), verb)).toEqual([]);
    },
  );

  test("asks the chat only for the groups that decide about it", () => {
    expect(requiredGroups(may(["roles", "scribe", "@sre-leads", "S0LEADS01", "responders"]), "resolve")).toEqual([
      "@sre-leads",
      "S0LEADS01",
    ]);
  });
});

test.each([[[]], [["boss"]], [["@"]], [["<!channel>"]], [["s123456"]]])("%j is no rule", (rules) => {
  expect(() => may(rules)).toThrow(/permissions|expected|Too small/);
});

test.each([
  { who: BOB_PERSON, what: "of the team", is: true },
  { who: { id: "vic", name: "vic" }, what: "of the ladder, without an account in the chat", is: true },
  { who: zoe, what: "from elsewhere", is: false },
])("someone $what responds: $is", ({ who: person, is }) => {
  expect(isResponder(anIncident(), person)).toBe(is);
});
