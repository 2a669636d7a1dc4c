import { describe, expect, test } from "vitest";
import { markdownHtml } from "#views/values/markdown-html.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";

const textOf = (markdown: string): string => markdownHtml(markdown).text.trim();

describe("Markdown", () => {
  test.each([
    { markdown: "# one", becomes: "<h2>one</h2>" },
    { markdown: "a **b** _c_ `d`", becomes: "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>" },
    { markdown: "- a\n- b", becomes: "<ul><li>a</li><li>b</li></ul>" },
    { markdown: "[a](https://example.com)", becomes: '<p><a href="https://example.com" rel="noreferrer">a</a></p>' },
    {
      markdown: "![a](https://example.com/i.png)",
      becomes: '<p><a href="https://example.com/i.png" rel="noreferrer">a</a></p>',
    },
  ])("$markdown", ({ markdown, becomes }) => {
    expect(textOf(markdown)).toBe(becomes);
  });

  const n = 10_000;
  test.each([
    ["quotes", ">".repeat(n)],
    ["lists", `${"- ".repeat(n)}x`],
    ["both", `${"> 1. ".repeat(n)}x`],
    ["bold", `${"**a ".repeat(n)}x${" b**".repeat(n)}`],
    ["brackets", `${"[".repeat(n)}x${"](u)".repeat(n)}`],
    ["images in what looks like a table", `| a | b |\n|---|\n${`| ${"![".repeat(200)} |\n`.repeat(100)}`],
  ])("is rendered quickly and whole, with any depth of nested %s", (_, text) => {
    const elapsed = cpuStopwatch();
    expect(textOf(text).replace(/<[^>]*>|\s/g, "").length).toBeGreaterThan(n / 20);
    expect(elapsed()).toBeLessThan(2_000);
  });

  test("a long table of links is a table", () => {
    const rows = "| [a](https://example.com) | \\*b\\* |\n".repeat(1_000);
    expect(textOf(`| a | b |\n| --- | --- |\n${rows}`).match(/<tr>/g)).toHaveLength(1_001);
  });

  test("has tables", () => {
    expect(textOf("| a | b |\n| - | -: |\n| 1 | 2 |")).toContain(
      '<thead><tr><th>a</th><th class="num">b</th></tr></thead><tbody><tr><td>1</td><td class="num">2</td></tr></tbody>',
    );
  });

  test.each([
    ["quotes in quotes", ">".repeat(20_000)],
    ["lists in lists", Array.from({ length: 200 }, (_, i) => `${" ".repeat(i * 2)}- a`).join("\n")],
    ["lists on one line", "- ".repeat(400)],
    ["links that never end", "[a](".repeat(9_000)],
    ["emphasis that crosses", "*a_ ".repeat(9_000)],
    ["footnotes", "[^a]".repeat(9_000)],
    ["tags", "<a ".repeat(13_000)],
    ["a whole book", "a word and another\n\n".repeat(20_000)],
  ])("of %s is shown as it was written, at once", (_, markdown) => {
    const elapsed = cpuStopwatch();
    expect(textOf(markdown)).toMatch(/^<pre>/);
    expect(elapsed()).toBeLessThan(2_000);
  });

  test("with much code, and with a table of hundreds of rows, is parsed whole", () => {
    expect(textOf(`text\n\n\`\`\`\n${"[*_<".repeat(2_000)}\n\`\`\`\n`)).toContain("<pre><code>[*_");
    expect(textOf(`| a | b |\n| - | - |\n${"| `x` | *y* |\n".repeat(400)}`)).toContain("<td><code>x</code></td>");
  });

  test("keeps comments for programs to itself", () => {
    expect(textOf("one\n\n<!-- muster:human summary -->\n\ntwo")).toBe("<p>one</p>\n<p>two</p>");
  });

  test.each([
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<!-- a --><script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a]( data:text/html,x)",
    "![a](javascript:alert(1))",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "<javascript:alert(1)>",
    'a <b onclick="x">b</b>',
    '[a](https://example.com/"onmouseover="alert(1)")',
  ])("is never more than that: %s", (markdown) => {
    expect(textOf(markdown)).not.toMatch(/<script|<img|<b |href="(?!https:)| on[a-z]+="/i);
  });
});
