import { describe, expect, test } from "vitest";
import { renderConfluence } from "#views/postmortem/confluence-markup.ts";
import { renderPostmortem } from "#views/postmortem/postmortem-document.ts";
import { assemblePostmortem } from "#domain/postmortem/postmortem.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { anIncidentSaying, HOSTILE_TEXTS } from "#test/support/builders/hostile-text.ts";
import { referenceDraft } from "#test/support/builders/reference-incident.ts";
import { cpuStopwatch } from "#test/support/harness/test-clock.ts";

/** The tags that are left open, or closed without; "<" or "&" that begins nothing. */
function malformed(xml: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const rest = xml
    .replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, "")
    .replace(
      /<(\/?)([a-z][\w:-]*)((?: [\w:-]+="[^"<]*")*)(\/?)>/g,
      (_, end: string, name: string, __, alone: string) => {
        if (end !== "" && open.pop() !== name) wrong.push(`</${name}>`);
        if (end === "" && alone === "") open.push(name);
        return "";
      },
    );
  if (/<|&(?!(?:amp|lt|gt|quot);)/.test(rest))
    wrong.push(rest.slice(Math.max(0, rest.search(/<|&(?!(?:amp|lt|gt|quot);)/) - 20)).slice(0, 60));
  return [...wrong, ...open];
}

describe("Confluence's storage format", () => {
  test.each([
    ["# A *b*", "<h1>A <em>b</em></h1>"],
    ["one\ntwo  \nthree", "<p>one two<br/>three</p>"],
    ["- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"],
    ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["> quoted\n> **more**", "<blockquote><p>quoted <strong>more</strong></p></blockquote>"],
    [
      "| A | B |\n| --- | --- |\n| 1 \\| 2 | |",
      "<table><tbody><tr><th>A</th><th>B</th></tr><tr><td>1 | 2</td><td></td></tr></tbody></table>",
    ],
    [
      "```sql\nselect ']]>'\n```",
      '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">sql</ac:parameter><ac:plain-text-body><![CDATA[select \']]]]><![CDATA[>\']]></ac:plain-text-body></ac:structured-macro>',
    ],
    [
      "[docs](https://example.com/a?b=1&c=2) and <https://example.com>",
      '<p><a href="https://example.com/a?b=1&amp;c=2">docs</a> and <a href="https://example.com">https://example.com</a></p>',
    ],
    [
      "[event 8](<https://example.com/a(b)?c=1&d=2>)",
      '<p><a href="https://example.com/a(b)?c=1&amp;d=2">event 8</a></p>',
    ],
    ["[x](javascript:alert(1))", "<p>x</p>"],
    ["a <!-- not\nshown --> b", "<p>a  b</p>"],
    ["<!-- a comment\nof two lines -->\n\ntext", "<p>text</p>"],
    ["- [ ] open\n- [x] done", "<ul><li>☐ open</li><li>☑ done</li></ul>"],
    ["~~struck~~", "<p><del>struck</del></p>"],
    ["![chart](https://example.com/c.png)", '<p><a href="https://example.com/c.png">chart</a></p>'],
    ["[text][1]\n\n[1]: https://example.com", '<p><a href="https://example.com">text</a></p>'],
    ["see[^1]\n\n[^1]: the log", "<p>see[1]</p>\n<p>[1] the log</p>"],
    ["- a\n  1. b", "<ul><li>a<ol><li>b</li></ol></li></ul>"],
    ['<script>alert("x")</script>', "<p>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</p>"],
    ["a\\_b\\*c &amp; `<b>` snake_case_name", "<p>a_b*c &amp; <code>&lt;b&gt;</code> snake_case_name</p>"],
    ["<!-- muster:human impact -->\ntext\n<!-- muster:end impact -->", "<p>text</p>"],
    ["---", "<hr/>"],
    ["a\0b\x07", "<p>ab</p>"],
  ])("%j", (markdown, expected) => expect(renderConfluence(markdown)).toBe(`${expected}\n`));

  test("holds the whole postmortem, without its comments", () => {
    const page = renderConfluence(renderPostmortem(referenceDraft(), {}));
    expect(malformed(page)).toEqual([]);
    expect(page).not.toMatch(/muster:|\| ---|\]\(/);
    for (const heading of ["Summary", "Timeline", "Action items"]) expect(page).toContain(`<h2>${heading}</h2>`);
    expect(page.match(/<table>/g)!.length).toBeGreaterThan(5);
  });

  test.each(HOSTILE_TEXTS)("is well formed whatever is in it: $name", ({ text }) => {
    const draft = assemblePostmortem(anIncidentSaying(text), [], NOW);
    expect(
      malformed(
        renderConfluence(
          renderPostmortem(draft, {
            impact: text,
            root_cause: `\`\`\`\n${text}`,
            action_items: `| a |\n|---|\n| ${text} |`,
            lessons: `- ${text}\n  ${text}`,
          }),
        ),
      ),
    ).toEqual([]);
  });

  test("of a long text takes no time that grows with its square", () => {
    const elapsed = cpuStopwatch();
    for (const text of [
      "*".repeat(50_000),
      "[".repeat(50_000),
      "`a".repeat(25_000),
      "_a ".repeat(20_000),
      "\\".repeat(50_000),
      ">".repeat(50_000),
      `a|b\n${" ".repeat(50_000)}x`,
    ])
      renderConfluence(text);
    expect(elapsed()).toBeLessThan(3_000);
  });
});
