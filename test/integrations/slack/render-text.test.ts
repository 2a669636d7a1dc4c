import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkText, localTime, mentionPerson } from "#domain/values/rich-text.ts";
import { plainTextObject, renderPart } from "#integrations/slack/render-message.ts";
import { cutMarkup, renderText } from "#integrations/slack/render-text.ts";
import { fieldsPart } from "#views/values/message-parts.ts";
import { NOW } from "#test/support/builders/instants.ts";

const shownLink = (url: string, title: string): string => renderText(linkText(url, title));

const anything = fc.string({
  unit: fc.oneof(
    fc.constantFrom("<", ">", "&", "!", "@", "#", "|", "channel", "\n", " ", "😀"),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
});

describe("text from outside", () => {
  test.each([
    { text: "<!channel>", safe: "&lt;!channel&gt;" },
    { text: "a & b", safe: "a &amp; b" },
    { text: "&lt;!here&gt;", safe: "&amp;lt;!here&amp;gt;" },
  ])("$text becomes $safe", ({ text, safe }) => {
    expect(renderText(text)).toBe(safe);
  });

  test("makes no mention, link or broadcast, with any content", () => {
    fc.assert(fc.property(anything, (text) => !/[<>]/.test(renderText(text))));
  });

  test("reads as it was written", () => {
    const read = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    fc.assert(fc.property(anything, (text) => read(renderText(text)) === text));
  });
});

describe("a cut", () => {
  test.each([
    { text: "short", max: 10, cut: "short" },
    { text: `${"a".repeat(8)}\n${"b".repeat(8)}`, max: 12, cut: `${"a".repeat(8)}\n…` },
    { text: "aaaa <https://x.example|title>", max: 15, cut: "aaaa \n…" },
    { text: "aaaaaaaa &amp; b", max: 13, cut: "aaaaaaaa \n…" },
  ])("of $text at $max gives $cut", ({ text, max, cut }) => {
    expect(cutMarkup(text, max)).toBe(cut);
  });

  test("is never too long, never inside an entity, a link or a character", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            anything.map(renderText),
            anything.map((text) => shownLink("https://x.example/a?b=1&c=2", text)),
          ),
          { maxLength: 30 },
        ),
        fc.integer({ min: 10, max: 300 }),
        (parts, max) => {
          const cut = cutMarkup(parts.join(" ").toWellFormed(), max);
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut.isWellFormed()).toBe(true);
          const bare = cut.replaceAll(/<https:\/\/x\.example\/a\?b=1&amp;c=2\|[^<>|]*>/g, "");
          expect(bare).not.toMatch(/[<>]/);
          expect(bare.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toContain("&");
        },
      ),
    );
  });
});

test("a link keeps its address and shows a title that cannot end it", () => {
  expect(shownLink("https://x.example/?a=1&b=2", "a|b <c>")).toBe("<https://x.example/?a=1&amp;b=2|a¦b &lt;c&gt;>");
});

test.each([
  { id: "U0ALICE01", name: "Alice", is: "<@U0ALICE01>" },
  { id: "W012AB3CD", name: "Alice", is: "<@W012AB3CD>" },
  { id: "alice@example.com", name: "Alice <a>", is: "Alice &lt;a&gt;" },
  { id: "U0ALICE01> <!channel", name: "Eve", is: "Eve" },
  { id: "U", name: "Short", is: "Short" },
])("$id ($name) is named $is", ({ is, ...person }) => {
  expect(renderText(mentionPerson(person))).toBe(is);
});

test("a time is shown in each reader's own zone, and in UTC where that cannot be", () => {
  expect(renderText(localTime(NOW))).toBe("<!date^1795271520^{date_short_pretty} at {time}|2026-11-21 14:32:00 UTC>");
});

test("a block of fields holds ten", () => {
  const pairs = Array.from({ length: 12 }, (_, n): [string, string] => [`${n}`, "v"]);
  expect(renderPart(fieldsPart(pairs))).toMatchObject({ fields: { length: 10 } });
});

test("plain text is cut between characters", () => {
  expect(plainTextObject("😀😀😀", 4)).toEqual({ type: "plain_text", text: "😀…", emoji: true });
});
