import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Words of an earlier dialect that make a reader look twice. `muster/plain-names` refuses theirs in names. */
const DIALECT =
  /\b(?:nobody|somebody|whoever|whomever|anew|lately|any more|no more(?! than)|tells?|telling|told|hears?|hearing|heard|says|saying|said|wants|wanted|(?<!no one )knows)\b|\b(?:is|are|was|were|be|been) (?:away|over)\b/i;

/** What it quotes is code, or a text for people, and has its own words. */
const withoutQuotes = (text: string): string => text.replace(/`[^`]*`|"[^"]*"|\$\w+/g, "");

/** The comments of a file, each with the number of its first line; an address in a text is no comment. */
function commentsIn(text: string): readonly (readonly [number, string])[] {
  const found: [number, string][] = [];
  /** How a line must begin to go on with the comment before it; "": none goes on. */
  let continued: "" | "//" | "*" = "";
  for (const [i, line] of text.split("\n").entries()) {
    const comment = /^\s*(?:\/\/|\/?\*).*$|(?<=\s)\/\/ .*$|\/\*\*.*$/.exec(line)?.[0].trim() ?? "";
    const isOwnLine = line.trim() === comment;
    if (comment !== "" && isOwnLine && continued !== "" && comment.startsWith(continued))
      found.at(-1)![1] += ` ${comment.slice(continued.length).trim()}`;
    else if (comment !== "") found.push([i + 1, comment]);
    continued = !isOwnLine || comment === "" || comment.endsWith("*/") ? "" : comment.startsWith("//") ? "//" : "*";
  }
  return found;
}

/** The titles of the tests of a file, each with its line; that of a table follows the call that holds the table. */
const titlesIn = (text: string): readonly (readonly [number, string])[] =>
  [...text.matchAll(/(?:(?<![\w.])(?:test|it|describe)(?:\.\w+)?|\))\(\s*(["`])((?:\\.|(?!\1).)*)\1,/gs)].map(
    ({ index, 2: title }) => [text.slice(0, index).split("\n").length, title!] as const,
  );

const dialectIn = (file: string, texts: readonly (readonly [number, string])[]): string[] =>
  texts.filter(([, text]) => DIALECT.test(withoutQuotes(text))).map(([line, text]) => `${file}:${line}: ${text}`);

/** This file quotes the dialect, and the dump of the upgrade test was made by an earlier version. */
const LEFT_OUT = /^test\/(?:lint\/plain-comments\.test\.ts|fixtures\/upgrade\/.*)$/;

test("comments of the product and of its tests are in plain words", () => {
  const files = globSync(["{src,handlers,test}/**/*.ts", "src/**/*.{js,css}"]).filter((file) => !LEFT_OUT.test(file));
  expect(files.length).toBeGreaterThan(1_000);
  expect(files.flatMap((file) => dialectIn(file, commentsIn(readFileSync(file, "utf8"))))).toEqual([]);
});

test("titles of tests are in plain words", () => {
  const files = globSync("test/**/*.ts").filter((file) => !LEFT_OUT.test(file));
  const titles = files.map((file) => [file, titlesIn(readFileSync(file, "utf8"))] as const);
  expect(titles.flatMap(([, each]) => each).length).toBeGreaterThan(1_500);
  expect(titles.flatMap(([file, each]) => dialectIn(file, each))).toEqual([]);
});

test("the dialect is found in each kind of comment, and not in texts", () => {
  const text = [
    "// Nobody waits.",
    "/** It is set anew. */",
    " * null when there is none any more.",
    'const says = "nobody"; // Somebody asked.',
    'const text = "https://example.com/nobody";',
    'says("nobody owns it");',
    "/**",
    " * A comment whose alarm is",
    " * over already.",
    " */",
    "const pages = 2;",
    '// The field `told` and the text "nobody owns it" are stored, and there are no more than two.',
    "const text = 2;",
    "// What the policy",
    "// says.",
  ].join("\n");
  expect(dialectIn("a.ts", commentsIn(text)).map((found) => found.split(": ")[0])).toEqual([
    "a.ts:1",
    "a.ts:2",
    "a.ts:3",
    "a.ts:4",
    "a.ts:7",
    "a.ts:14",
  ]);
});

test("the dialect is found in the titles of tests and of tables of tests", () => {
  const text = [
    'test("is told once", () => {});',
    'describe("a page", () => {',
    '  test.each([["a", 1]])(',
    '    "%s is over",',
    "    () => {},",
    "  );",
    '  test("shows: $says", () => expect(told("nobody")).toBe(1));',
    "});",
  ].join("\n");
  expect(dialectIn("a.test.ts", titlesIn(text)).map((found) => found.split(": ")[0])).toEqual([
    "a.test.ts:1",
    "a.test.ts:3",
  ]);
});
