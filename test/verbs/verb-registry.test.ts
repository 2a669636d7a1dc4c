import { describe, expect, test } from "vitest";
import { ALL_VERBS, findVerb } from "#verbs/verb-registry.ts";
import { VERB_GROUPS } from "#verbs/verb.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";

describe("the registry", () => {
  const names = ALL_VERBS.flatMap(({ name, aliases }) => [name, ...aliases]);

  test("has every name once, and finds its verb by each in any case", () => {
    expect(new Set(names).size).toBe(names.length);
    for (const verb of ALL_VERBS)
      for (const name of [verb.name, ...verb.aliases]) expect(findVerb(name.toUpperCase())).toBe(verb);
    expect(findVerb("constructor")).toBeNull();
  });

  test("has every verb of the public face, with its aliases", () => {
    const face =
      "declare new create status list ls ack severity sev priority update mitigate mitigated resolve resolved fixed reopen close cancel role roles ic handoff page escalate note task followup merge dup oncall timeline postmortem stats title undo help";
    expect(face.split(" ").filter((name) => findVerb(name) === null)).toEqual([]);
  });

  test("describes every verb in one line, in a group of the help", () => {
    for (const { name, summary, group, usage } of ALL_VERBS) {
      expect(summary, name).toMatch(/^[^\n]{5,150}$/);
      expect(usage, name).not.toMatch(/\n/);
      expect(VERB_GROUPS).toContain(group);
    }
  });

  test.each(names)("offers %s to who mistypes it", (name) => {
    if (name.length < 4) return;
    const typed = `${name.slice(0, -1)}q`;
    if (findVerb(typed) !== null) return;
    const { request } = parsedVerb(typed);
    expect(request).toMatchObject({ kind: "problem", text: expect.stringContaining("Did you mean") as string });
  });
});
