import { describe, expect, test } from "vitest";
import { editConflictPage, postmortemPage, type PostmortemView } from "#views/dashboard/postmortem-page.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { ALICE } from "#test/support/builders/people.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { PAGE_FRAME } from "#test/support/builders/page-frame-builder.ts";

describe("a postmortem", () => {
  const page = (
    problems: PostmortemView["problems"],
    postmortem: Partial<Incident["postmortem"]> = {},
    status: Incident["status"] = "resolved",
  ) => {
    const incident = anIncident();
    const view = {
      incident: { ...incident, status, postmortem: { ...incident.postmortem, ...postmortem } },
      markdown: "# one",
      versions: new Map(),
      problems,
    };
    return postmortemPage(PAGE_FRAME, { ...view, answer: null, refusal: null, key: "key-key-1" });
  };

  test("lists what prevents its review, with links", () => {
    const shown = page([{ section: "impact", what: "it has no number", fix: "say how many" }]);
    expect(shown).toContain("1 thing keeps it from being reviewed");
    expect(shown).toContain('<a href="#impact">Impact</a>: it has no number.');
  });

  test("reports when nothing prevents it", () => {
    expect(page([])).toContain("Nothing keeps it from being reviewed.");
  });

  const problem = { section: "impact", what: "it has no number", fix: "say how many" } as const;
  test.each([
    { what: "a draft of what still burns", shown: page([], {}, "acknowledged"), offered: ["I write it"] },
    { what: "a draft", shown: page([], { owner: ALICE }), offered: ["Ask"] },
    {
      what: "one in review with something missing",
      shown: page([problem], { owner: ALICE, state: "in review" }),
      offered: ["Ask"],
    },
    {
      what: "one in review that is whole",
      shown: page([], { owner: ALICE, state: "in review" }),
      offered: ["It is reviewed", "Ask"],
    },
    { what: "one that is reviewed", shown: page([], { owner: ALICE, state: "reviewed" }), offered: ["Close it"] },
    { what: "one that is closed", shown: page([problem], { owner: ALICE, state: "closed" }), offered: [] },
  ])("offers the next step: $what", ({ shown, offered }) => {
    expect(
      Array.from(shown.matchAll(/<button(?: name="text" value="[^"]*")?>([^<]*)</g), ([, label]) => label),
    ).toEqual(offered);
  });
});

describe("a conflict", () => {
  test("shows both texts and overwrites neither", () => {
    const version = (n: number, text: string) => ({ version: n, text, author: { name: "Bob" }, at: NOW });
    const page = editConflictPage(
      PAGE_FRAME,
      {
        incident: { number: 1, uid: "uid-1" },
        section: "summary",
        text: "one\nmine",
        base: 2,
        versions: [],
        refusal: null,
      },
      version(1, "one\ntwo"),
      version(2, "one\ntheirs"),
    );
    expect(page).toContain("<ins>+ theirs\n</ins>");
    expect(page).toContain("<ins>+ mine\n</ins>");
    expect(page).toContain('name="base" value="2"');
    expect(page).toContain("one\nmine</textarea>");
  });
});
