import { describe, expect, test } from "vitest";
import { diffLines } from "#domain/postmortem/line-diff.ts";
import {
  findBase,
  digestWriting,
  parseEditBase,
  pageRevisions,
  stampBase,
  textsAtRevision,
  newestTexts,
  sectionVersions,
  formatEditBase,
  type SectionVersion,
} from "#domain/postmortem/section-versions.ts";
import { ALICE, BOB } from "#test/support/builders/people.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const ALL_VERSIONS: readonly SectionVersion[] = [
  { section: "impact", version: 1, text: "some", author: ALICE, at: NOW },
  { section: "summary", version: 1, text: "checkout was down", author: ALICE, at: NOW },
  { section: "impact", version: 2, text: "400 orders", author: BOB, at: NOW + MINUTE },
];

describe("written texts", () => {
  test("keep every version, and the page shows the newest", () => {
    expect([newestTexts(ALL_VERSIONS), sectionVersions(ALL_VERSIONS)]).toEqual([
      { impact: "400 orders", summary: "checkout was down" },
      { impact: 2, summary: 1 },
    ]);
    expect([0, 1, 2, 3].map((number) => textsAtRevision(ALL_VERSIONS, number))).toEqual([
      {},
      { impact: "some", summary: "checkout was down" },
      newestTexts(ALL_VERSIONS),
      null,
    ]);
  });

  test("saved together are one version of the page", () => {
    expect(pageRevisions(ALL_VERSIONS)).toEqual([
      { number: 1, at: NOW, author: ALICE, sections: ["impact", "summary"] },
      { number: 2, at: NOW + MINUTE, author: BOB, sections: ["impact"] },
    ]);
  });
});

describe("the base of an edit", () => {
  const base = { versions: sectionVersions(ALL_VERSIONS), asked: digestWriting("| a |\n") };

  test("travels with the page, and in a header", () => {
    expect(findBase(stampBase("# INC-1\n", base))).toEqual(base);
    expect([
      parseEditBase(`"${formatEditBase(base)}"`),
      parseEditBase(`W/"${formatEditBase(base)}"`),
      parseEditBase(formatEditBase({ ...base, versions: {} })),
    ]).toEqual([base, base, { ...base, versions: {} }]);
  });

  test.each(["", "*", "summary.2", "summary.0;00000000", "nothing.1;00000000", "summary.x;00000000", "summary.1;xyz"])(
    "%j is none",
    (text) => expect(parseEditBase(text)).toBeNull(),
  );

  test("ignores line ends", () => expect(digestWriting("a\r\nb")).toBe(digestWriting("a\nb")));
});

describe("a comparison by lines", () => {
  const shown = (a: string, b: string): string[] => diffLines(a, b).map(({ sign, text }) => sign + text);

  test.each([
    ["a\nb\nc", "a\nB\nc", [" a", "-b", "+B", " c"]],
    ["", "a", ["+a"]],
    ["a", "", ["-a"]],
    ["a\nb", "a\nb", [" a", " b"]],
    ["one\ntwo\nthree\nfour", "two\nfour\nfive", ["-one", " two", "-three", " four", "+five"]],
  ])("%j → %j", (a, b, expected) => expect(shown(a, b)).toEqual(expected));

  test("gives back both texts", () => {
    const [a, b] = ["x y z x y z q r s".split(" "), "y z q x r x s".split(" ")];
    const lines = diffLines(a.join("\n"), b.join("\n"));
    const of = (sign: string): string[] =>
      lines.filter((line) => line.sign === " " || line.sign === sign).map(({ text }) => text);
    expect([of("-"), of("+")]).toEqual([a, b]);
  });
});
