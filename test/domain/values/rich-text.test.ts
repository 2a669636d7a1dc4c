import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainWords } from "#domain/values/plain-words.ts";
import {
  isEmptyText,
  joinText,
  linkText,
  markedText,
  mentionChannel,
  richText,
  writtenLength,
  type RichText,
  type TextSpan,
} from "#domain/values/rich-text.ts";

/** The kinds of spans, with what stands in them. */
function shape({ spans }: RichText): unknown[] {
  return spans.map((span: TextSpan) =>
    "inside" in span ? [span.kind, ...shape(span.inside)] : "text" in span ? span.text : span.kind,
  );
}

test("a channel in plain words goes by its name, since people do not see ids", () => {
  expect(plainWords(richText`go on in ${mentionChannel({ id: "C7DF6B32ED", name: "inc-2-checkout" })}`)).toBe(
    "go on in #inc-2-checkout",
  );
});

describe("a template's own marks", () => {
  test.each([
    { words: "*Summary:* all", is: [["bold", "Summary:"], " all"] },
    { words: "say `INC-n`, or _nobody_", is: ["say ", ["code", "INC-n"], ", or ", ["italic", "nobody"]] },
    { words: "```a *b* `c`", is: ["```", "a *b* `c`"] },
    { words: "```a *b*```", is: [["preformatted", "a *b*"]] },
    { words: "2 * 3 and snake_case_name", is: ["2 * 3 and snake_case_name"] },
    { words: "`a_b *c*`", is: [["code", "a_b *c*"]] },
    { words: "an open *one", is: ["an open ", "*", "one"] },
  ])("of $words", ({ words, is }) => {
    expect(shape(markedText(words))).toEqual(is);
  });

  test("surround the inserted text", () => {
    expect(shape(richText`• *${"a"}*: \`${"b"}\` ${linkText("https://x.example", "c")}`)).toEqual([
      "• ",
      ["bold", "a"],
      ": ",
      ["code", "b"],
      " ",
      "link",
    ]);
  });
});

test("inserted text stays plain text with any marks", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("*", "_", "`", "<", "&", " ", "a", "\n") }), (text) => {
      expect(plainWords(richText`*Why:* ${text}.`)).toBe(`Why: ${text}.`);
    }),
  );
});

test("the length of a text includes its marks and escapes", () => {
  expect(writtenLength(richText`*a* ${"<&>"}`)).toBe("*a* &lt;&amp;&gt;".length);
  expect(writtenLength(joinText(["a", linkText("https://x.example", "b")], "\n"))).toBe(
    "a\n<https://x.example|b>".length,
  );
});

test("a text of empty parts is empty", () => {
  expect(isEmptyText(joinText(["", ""], ""))).toBe(true);
  expect(isEmptyText(richText`${""}`)).toBe(true);
  expect(isEmptyText(richText`${"a"}`)).toBe(false);
});
