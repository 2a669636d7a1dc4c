import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  HUMAN_SECTION_NAMES,
  HUMAN_SECTIONS,
  type HumanSection,
  type HumanTexts,
} from "#domain/postmortem/human-section.ts";
import {
  humanCell,
  isPrompt,
  mergeEdits,
  parsePostmortem,
  regeneratePostmortem,
} from "#domain/postmortem/postmortem-text.ts";
import { renderPostmortem, sectionPrompts } from "#views/postmortem/postmortem-document.ts";
import { referenceDraft } from "#test/support/builders/reference-incident.ts";

const REFERENCE_DRAFT = referenceDraft();
const fresh = renderPostmortem(referenceDraft({}), {});

/** What people wrote in a page: its cells without those that are still as the page asked. */
function answeredTexts(texts: HumanTexts, prompts: HumanTexts): HumanTexts {
  const entries = Object.entries(texts) as [HumanSection, string][];
  const isAsked = ([section, text]: [HumanSection, string]): boolean =>
    isPrompt(section, text) || text.replaceAll("\r\n", "\n") === prompts[section];
  return Object.fromEntries(entries.filter((entry) => !isAsked(entry)));
}

/** What people may write, and what they must not be able to break anything with. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "<!-- muster:human root-cause -->",
          "<!-- muster:end root-cause -->",
          "<!-- muster:end root-cause 2 -->",
          "<!-- muster:human lessons 7 -->",
          "-->",
          "<!--",
        ),
        fc.constantFrom(
          "\n",
          "\r\n",
          "\r",
          "\n\n",
          "",
          " ",
          "\u2028",
          "|",
          "# Heading",
          "TODO(x): ",
          "\u0000",
          "\ud800",
        ),
        fc.constantFrom(...HUMAN_SECTION_NAMES).map((name) => `<!-- muster:end ${name.replaceAll("_", "-")} -->`),
        fc.string({ maxLength: 10 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
);
const texts: fc.Arbitrary<HumanTexts> = fc.dictionary(
  fc.constantFrom(...HUMAN_SECTION_NAMES),
  hostile,
) as fc.Arbitrary<HumanTexts>;

const taken = (markdown: string): HumanTexts => {
  const parsed = parsePostmortem(markdown);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.texts;
};

describe("texts of people", () => {
  test("appear in the page and are read back byte for byte", () => {
    fc.assert(
      fc.property(texts, (human) => {
        expect(taken(renderPostmortem(REFERENCE_DRAFT, human))).toEqual({
          ...taken(renderPostmortem(REFERENCE_DRAFT, {})),
          ...human,
        });
      }),
      { numRuns: 300 },
    );
  });

  test("is kept byte for byte when everything else is computed again", () => {
    fc.assert(
      fc.property(texts, (human) => {
        const found = taken(regeneratePostmortem(taken(renderPostmortem(REFERENCE_DRAFT, human)), fresh));
        for (const section of Object.keys(human) as HumanSection[]) expect(found[section]).toBe(human[section]);
      }),
      { numRuns: 300 },
    );
  });

  test("regenerating twice is regenerating once, and computed parts are those of the fresh page", () => {
    fc.assert(
      fc.property(texts, (human) => {
        const once = regeneratePostmortem(taken(renderPostmortem(REFERENCE_DRAFT, human)), fresh);
        expect(regeneratePostmortem(taken(once), fresh)).toBe(once);
        const kinds = (page: string): string[] => {
          const parsed = parsePostmortem(page);
          return parsed.ok ? parsed.parts.filter(({ kind }) => kind === "computed").map(({ text }) => text) : [];
        };
        expect(kinds(once).slice(0, kinds(fresh).length - 1)).toEqual(kinds(fresh).slice(0, -1));
      }),
      { numRuns: 100 },
    );
  });

  test("typed into the file are read whole, or the obstacle is reported", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const cell = humanCell("root_cause", "old");
        const parsed = parsePostmortem(
          fresh.replace(/<!-- muster:human root-cause -->[\s\S]*?<!-- muster:end root-cause -->/, () =>
            cell.replace("old", () => text),
          ),
        );
        if (parsed.ok) expect(parsed.texts.root_cause).toBe(text);
        else
          expect(parsed.problems[0]).toMatchObject({
            line: expect.any(Number) as number,
            fix: expect.stringMatching(/./) as string,
          });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a page that an editor gave other line ends", () => {
  const there: HumanTexts = { impact: "One.\nTwo.", lessons: "Three." };
  const windows = renderPostmortem(REFERENCE_DRAFT, there).replaceAll("\n", "\r\n");

  test("is read with its present line ends in each text", () => {
    expect(taken(windows)).toMatchObject({ impact: "One.\r\nTwo.", lessons: "Three." });
  });

  test("has no changes", () => {
    expect(
      mergeEdits({
        base: there,
        edited: answeredTexts(taken(windows), sectionPrompts(REFERENCE_DRAFT)),
        current: there,
      }),
    ).toEqual({ texts: there, conflicts: [] });
  });
});

describe("a page that cannot be taken apart", () => {
  const page = renderPostmortem(REFERENCE_DRAFT, {});
  test.each([
    {
      is: "a section without its end",
      text: page.replace("<!-- muster:end lessons -->\n", ""),
      what: /section "lessons" has no end/,
      fix: /put `<!-- muster:end lessons -->` on a line/,
    },
    {
      is: "an end without its section",
      text: page.replace("<!-- muster:human lessons -->\n", ""),
      what: /ends nothing/,
      fix: /take the line out/,
    },
    {
      is: "a section that is there twice",
      text: `${page}${humanCell("lessons", "more")}`,
      what: /"lessons" is there twice/,
      fix: /put both texts into one/,
    },
    {
      is: "a section that no one knows",
      text: page.replaceAll(/(human|end) lessons/g, "$1 lesson"),
      what: /no section "lesson"/,
      fix: /the sections are reviewers, summary/,
    },
    {
      is: "a text with the end of its own section in it",
      text: page.replace("TODO(Alice): Lessons learned", "a\n<!-- muster:end lessons -->\nb"),
      what: /ends nothing/,
      fix: /write it otherwise/,
    },
  ])("reports the place and the fix: $is", ({ text, what, fix }) => {
    const parsed = parsePostmortem(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.problems[0]).toMatchObject({
      what: expect.stringMatching(what) as string,
      fix: expect.stringMatching(fix) as string,
    });
    expect(text.split("\n")[parsed.problems[0]!.line - 1]).toContain("muster:");
  });

  test("a section that was deleted is missing, not empty", () => {
    const parsed = parsePostmortem(
      page.replace(/<!-- muster:human lessons -->[\s\S]*?<!-- muster:end lessons -->\n/, ""),
    );
    expect(parsed).toMatchObject({ ok: true, missing: ["gaps", "lessons"] });
  });
});

describe("sections without a text", () => {
  test("hold no human text, no matter who owns them", () => {
    expect(
      answeredTexts(
        taken(renderPostmortem(REFERENCE_DRAFT, { lessons: "Look at pools." })),
        sectionPrompts(REFERENCE_DRAFT),
      ),
    ).toEqual({ lessons: "Look at pools." });
    expect(isPrompt("lessons", `TODO(Bob): ${HUMAN_SECTIONS.lessons}`)).toBe(true);
    expect(isPrompt("lessons", `TODO(Bob): ${HUMAN_SECTIONS.lessons} and more`)).toBe(false);
  });

  test("hold the current prompt after regenerating with another owner", () => {
    const page = regeneratePostmortem({}, fresh.replaceAll("TODO(Alice)", "TODO(Bob)"));
    expect(page).toContain(`TODO(Bob): ${HUMAN_SECTIONS.lessons}`);
  });
});

describe("two edits of one postmortem", () => {
  test.each([
    {
      is: "of different cells are both taken",
      base: {},
      edited: { impact: "mine" },
      current: { lessons: "theirs" },
      texts: { impact: "mine", lessons: "theirs" },
      conflicts: [],
    },
    {
      is: "of one cell are a conflict and overwrite nothing",
      base: { impact: "old" },
      edited: { impact: "mine" },
      current: { impact: "theirs" },
      texts: { impact: "theirs" },
      conflicts: [{ section: "impact", base: "old", edited: "mine", current: "theirs" }],
    },
    {
      is: "that both wrote a cell first are a conflict",
      base: {},
      edited: { impact: "mine" },
      current: { impact: "theirs" },
      texts: { impact: "theirs" },
      conflicts: [{ section: "impact", base: null, edited: "mine", current: "theirs" }],
    },
    {
      is: "that say the same agree",
      base: { impact: "old" },
      edited: { impact: "same" },
      current: { impact: "same" },
      texts: { impact: "same" },
      conflicts: [],
    },
    {
      is: "of which one changed nothing are the other",
      base: { impact: "old" },
      edited: { impact: "old" },
      current: { impact: "theirs" },
      texts: { impact: "theirs" },
      conflicts: [],
    },
    {
      is: "that empty a cell empty it",
      base: { impact: "old" },
      edited: { impact: "" },
      current: { impact: "old" },
      texts: { impact: "" },
      conflicts: [],
    },
    {
      is: "where a section was deleted from the file leave it",
      base: { impact: "old" },
      edited: {},
      current: { impact: "old" },
      texts: { impact: "old" },
      conflicts: [],
    },
  ])("$is", ({ base, edited, current, texts: wanted, conflicts }) => {
    expect(mergeEdits({ base, edited, current })).toEqual({ texts: wanted, conflicts });
  });

  test("keep every word: each cell is the stored one, or the edited one where the stored one did not change", () => {
    fc.assert(
      fc.property(texts, texts, texts, (base, edited, current) => {
        const merged = mergeEdits({ base, edited, current });
        for (const section of HUMAN_SECTION_NAMES) {
          const conflict = merged.conflicts.some((each) => each.section === section);
          if (merged.texts[section] !== current[section])
            expect([merged.texts[section], conflict]).toEqual([edited[section], false]);
        }
      }),
    );
  });
});
