import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { neutralizeAll, neutralizeControls, truncateText, oneLine, webUrl } from "#domain/values/text.ts";

describe("text from outside as one line", () => {
  test.each([
    { text: "  a\r\n\tb\u0000c  ", line: "a b c" },
    { text: "a\u2028b\u2029c", line: "a b c" },
    { text: "safe\u202eevil\u2066x\u2069", line: "safeevilx" },
    { text: "broken \ud83d surrogate", line: "broken \ufffd surrogate" },
    { text: "😀 ü 漢字", line: "😀 ü 漢字" },
    { text: "\n\n", line: "" },
  ])("$text becomes $line", ({ text, line }) => {
    expect(oneLine(text, 100)).toBe(line);
  });

  test("is cut between characters, never inside one", () => {
    expect(oneLine("😀".repeat(10), 5)).toBe("😀😀😀😀…");
  });

  test("is bounded, on one line and storable for any input", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (text, max) => {
        const line = oneLine(text, max);
        expect(Array.from(line).length).toBeLessThanOrEqual(max);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

test.each([
  { text: "abcdef", max: 6, is: "abcdef" },
  { text: "abcdef", max: 5, is: "abcd…" },
  { text: "😀😀", max: 3, is: "😀😀" },
])("$text of at most $max characters is $is", ({ text, max, is }) => {
  expect(truncateText(text, max)).toBe(is);
});

describe("an address from outside", () => {
  test.each([
    "http://prom.example:9090/graph?g0.expr=up%3D%3D0&g0.tab=1",
    "https://runbooks.example/a#b",
    "https://münchen.example/ü",
    "http://127.0.0.1/",
  ])("%s can stand in a link", (url) => {
    expect(webUrl(url)).toBe(url);
  });

  test.each([
    "",
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,x",
    "ftp://x/",
    "//x/",
    "https://",
    "https://a b/",
    "https://x/|<!channel>",
    "https://x/>",
    'https://x/"onclick=',
    "https://x/\\y",
    "https://x/\u0000",
    "https://x/\n<!here>",
    " https://x/",
    "https://[::1",
    `https://x/${"y".repeat(3_000)}`,
  ])("%j cannot", (url) => {
    expect(webUrl(url)).toBeNull();
  });

  test("contains no character that would end a link", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (tail) => {
        const url = webUrl(`https://x/${tail}`);
        if (url !== null) expect(url).not.toMatch(/[<>"|\\\s\p{Cc}]/u);
      }),
    );
  });
});

describe("text for a terminal or a chat", () => {
  test.each([
    { what: "a color", text: "\u001b[31mred", shown: "\\u001b[31mred" },
    { what: "a title of the window", text: "\u001b]0;x\u0007", shown: "\\u001b]0;x\\u0007" },
    { what: "a command of C1", text: "a\u009b2Jb", shown: "a\\u009b2Jb" },
    { what: "a line that is written over", text: "safe\revil", shown: "safe\\u000devil" },
    { what: "what is rubbed out", text: "evil\b\b", shown: "evil\\u0008\\u0008" },
    { what: "a line turned around", text: "a\u202egpj.exe", shown: "a\\u202egpj.exe" },
    { what: "an isolate", text: "\u2066x\u2069", shown: "\\u2066x\\u2069" },
    { what: "the end of a line, of Windows too", text: "a\r\nb\tc\n", shown: "a\r\nb\tc\n" },
    { what: "any script and emoji", text: "שלום עליכם 漢字 👩‍🚒", shown: "שלום עליכם 漢字 👩‍🚒" },
  ])("shows $what", ({ text, shown }) => expect(neutralizeControls(text)).toBe(shown));

  test("commands nothing, and JSON stays the same JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(neutralizeControls(text)).not.toMatch(/(?!\r?\n|\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        expect(JSON.parse(neutralizeControls(JSON.stringify(text)))).toBe(text);
      }),
    );
  });

  test("is looked for in lists and objects, and nothing else is touched", () => {
    const bytes = Buffer.from("\u001b");
    expect(neutralizeAll({ a: ["\u001b", 1, null, { b: "\u202e" }], bytes, c: undefined })).toEqual({
      a: ["\\u001b", 1, null, { b: "\\u202e" }],
      bytes,
      c: undefined,
    });
  });
});
