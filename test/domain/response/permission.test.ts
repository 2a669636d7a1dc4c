import { describe, expect, test } from "vitest";
import { type Incident, UNASSIGNED_ROLES } from "#domain/incident/incident.ts";
import { permissionRefusal, requiredGroups, isResponder } from "#domain/response/permission.ts";
import { ALICE_PERSON, BOB_PERSON } from "#test/support/builders/people.ts";
import { anIncident, aPage } from "#test/support/builders/incidents.ts";
import { aPolicy, STAFFED_POLICY } from "#test/support/builders/policies.ts";

const zoe = { id: "U0ZOE0001", name: "Zoe" };
/** Of the policy, and of no team. */
const eve = { id: "U0EVE0001", name: "Eve" };
const FILE = {
  ...STAFFED_POLICY,
  people: { ...STAFFED_POLICY.people, eve: { name: "Eve", slack: eve.id, api: ["eve-laptop"] } },
};
const may = (rules: readonly string[]) => aPolicy({ ...FILE, permissions: { resolve: rules } });
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
    { rules: ["responders"], who: eve, incident: { acknowledgedBy: eve }, refusal: null },
    { rules: ["responders"], who: eve, incident: { declaredBy: eve }, refusal: null },
    { rules: ["responders"], who: eve, incident: { roles: { ...UNASSIGNED_ROLES, scribe: eve } }, refusal: null },
    { rules: ["responders"], who: zoe, incident: { pages: [aPage({ chat: [zoe.id] })] }, refusal: null },
    { rules: ["responders"], who: { id: "api:eve-laptop", name: "x" }, incident: { declaredBy: eve }, refusal: null },
    {
      rules: ["responders"],
      who: zoe,
      incident: { acknowledgedBy: zoe },
      refusal: `\`resolve\` is for the people of the incident's team and roles ${IN_WORDS}`,
    },
    {
      rules: ["commander"],
      who: zoe,
      incident: { roles: { ...UNASSIGNED_ROLES, commander: zoe } },
      refusal: `\`resolve\` is for the Incident Commander ${IN_WORDS}`,
    },
    { rules: ["known"], who: eve, refusal: null },
    {
      rules: ["known"],
      who: zoe,
      refusal: `\`resolve\` is for people whom the policy lists under \`people\`, with every name by which they act ${IN_WORDS}`,
    },
    {
      rules: ["responders"],
      who: ALICE_PERSON,
      incident: null,
      refusal: `\`resolve\` is for the people of the incident's team and roles ${IN_WORDS}`,
    },
    { rules: ["roles"], who: eve, incident: { roles: { ...UNASSIGNED_ROLES, comms: eve } }, refusal: null },
    {
      rules: ["roles"],
      who: ALICE_PERSON,
      refusal: `\`resolve\` is for whoever has a role in the incident ${IN_WORDS}`,
    },
    { rules: ["commander"], who: eve, incident: { roles: { ...UNASSIGNED_ROLES, commander: eve } }, refusal: null },
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

describe("without rules of its own", () => {
  const refusal = (verb: string, who: typeof zoe, policy: object = FILE) =>
    permissionRefusal(aPolicy(policy), verb, who, anIncident(), []);

  test.each(["cancel", "close", "automation on", "runbook cancel", "runbook settle"])(
    "%s is for people whom the policy lists",
    (verb) => {
      expect(refusal(verb, eve)).toBeNull();
      expect(refusal(verb, { id: "api:eve-laptop", name: "x" })).toBeNull();
      expect(refusal(verb, zoe)).toContain("`people`");
      expect(refusal(verb, { id: "api:Eve", name: "Eve" })).toContain("`people`");
      expect(refusal(verb, zoe, {}), "a policy that lists no one").toBeNull();
      expect(refusal(verb, zoe, { ...FILE, permissions: { [verb]: ["anyone"] } })).toBeNull();
    },
  );

  test("a part of a verb has the rules of the verb", () => {
    const policy = { ...FILE, permissions: { runbook: ["anyone"], automation: ["@sre-leads"] } };
    expect(refusal("runbook settle", zoe, policy)).toBeNull();
    expect(refusal("automation off", zoe, policy)).toContain("@sre-leads");
  });

  test("what stops everything is for everyone", () => expect(refusal("automation off", zoe)).toBeNull());
});

test.each([[[]], [["boss"]], [["@"]], [["<!channel>"]], [["s123456"]]])("%j is no rule", (rules) => {
  expect(() => may(rules)).toThrow(/permissions|expected|Too small/);
});

test.each([
  { who: BOB_PERSON, what: "of the team", is: true },
  { who: { id: "vic", name: "vic" }, what: "of the ladder, without an account in the chat", is: true },
  { who: zoe, what: "from elsewhere", is: false },
])("someone $what responds: $is", ({ who: person, is }) => {
  expect(isResponder(null, anIncident(), person)).toBe(is);
});

test.each([
  { what: "by their id in the chat", page: aPage({ chat: [zoe.id] }), is: true },
  { what: "by their name in the policy", page: aPage({ people: [zoe.id] }), is: true },
  { what: "and the call was taken back", page: aPage({ chat: [zoe.id], status: "canceled" }), is: false },
])("someone who was called $what responds: $is", ({ page, is }) => {
  expect(isResponder(null, anIncident({ pages: [page] }), zoe)).toBe(is);
});
