import type { AlignType, RootContent } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { html, Html, outside, type Part } from "./html.ts";

const parser = unified().use(remarkParse).use(remarkGfm, { singleTilde: false });

/**
 * Markdown as HTML that is safe to show: only what is listed here becomes markup, HTML in the text stays text, comments
 * are not shown, links lead to the web and nowhere else, images are links.
 * @param deeper by how many levels headings are pushed down, because the page has headings of its own
 */
export function markdownHtml(markdown: string, deeper = 1): Html {
  if (isTangled(markdown)) return html`<pre>${markdown}</pre>`;
  try {
    return written(markdown.replace(TOO_DEEP, "$1\\"), deeper);
  } catch (error) {
    // Nested too deeply for the parser, or for us: it is shown as it was written. A page must not be lost for one text.
    if (error instanceof RangeError) return html`<pre>${markdown}</pre>`;
    throw error;
  }
}

/** A line that begins with more marks of quotes and lists than anybody reads; the parser's time grows with their square. */
const TOO_DEEP = /^((?:[ \t]{0,4}(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){20})(?=[ \t]*\S)/gm;

/** Marks in one paragraph, or in one row of a table, with which the parser is still quick: its time grows with their square. */
const MOST_MARKS = 2_000;
const RULE = /^\|[ \t:|-]*-[ \t:|-]*\|$/;

function isTangled(markdown: string): boolean {
  let [marks, inTable] = [0, false];
  let before = "";
  return markdown.split("\n").some((each) => {
    const line = each.trim();
    // What has another number of cells than its heading is no table, and read as one paragraph.
    inTable = line.startsWith("|") && (inTable || (RULE.test(line) && cellsIn(line) === cellsIn(before)));
    before = line;
    if (line === "" || inTable) marks = 0;
    marks += line.length - line.replace(/[*_[\]~]/g, "").length;
    return marks > MOST_MARKS;
  });
}

function cellsIn(row: string): number {
  return row.split(/(?<!\\)\|/).length;
}

function written(markdown: string, deeper: number): Html {
  const { children } = parser.parse(markdown);
  const targets = new Map(children.flatMap((node) => (node.type === "definition" ? [[node.identifier, node.url] as const] : [])));
  const write = (node: RootContent): Part => {
    switch (node.type) {
      case "heading":
        return tagged(`h${Math.min(6, node.depth + deeper)}`, all(node.children));
      case "paragraph":
        return html`<p>${all(node.children)}</p>\n`;
      case "text":
        return node.value;
      case "emphasis":
        return html`<em>${all(node.children)}</em>`;
      case "strong":
        return html`<strong>${all(node.children)}</strong>`;
      case "delete":
        return html`<del>${all(node.children)}</del>`;
      case "inlineCode":
        return html`<code>${node.value}</code>`;
      case "code":
        return html`<pre><code>${node.value}</code></pre>\n`;
      case "break":
        return html`<br>`;
      case "thematicBreak":
        return html`<hr>`;
      case "blockquote":
        return html`<blockquote>${all(node.children)}</blockquote>`;
      case "list":
        return node.ordered === true ? html`<ol start="${node.start ?? 1}">${all(node.children)}</ol>` : html`<ul>${all(node.children)}</ul>`;
      case "listItem":
        // A list without blank lines is a list of lines, not of paragraphs.
        return html`<li>${node.checked === true ? "☑ " : node.checked === false ? "☐ " : null}${node.children.map((each) => (each.type === "paragraph" && node.spread !== true ? all(each.children) : write(each)))}</li>`;
      case "link":
        return outside(node.url, all(node.children));
      case "image":
        return outside(node.url, node.alt || node.url);
      case "linkReference":
        return outside(targets.get(node.identifier) ?? "", all(node.children));
      case "imageReference":
        return outside(targets.get(node.identifier) ?? "", node.alt || node.identifier);
      case "table": {
        const [head, ...rows] = node.children;
        const cells = (row: typeof head, name: string): Part =>
          row?.children.map((cell, i) => tagged(name, all(cell.children), alignOf(node.align?.[i]))) ?? null;
        return html`<div class="scroll" tabindex="0"><table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${rows.map((row) => html`<tr>${cells(row, "td")}</tr>`)}</tbody></table></div>\n`;
      }
      case "html":
        // A comment says something to programs; whatever else somebody wrote is what they wrote.
        return COMMENTS.test(node.value) ? null : node.value;
      case "footnoteReference":
        return `[${node.identifier}]`;
      case "footnoteDefinition":
        return html`<div class="small">[${node.identifier}] ${all(node.children)}</div>`;
      case "definition":
      case "yaml":
      case "tableRow":
      case "tableCell":
        return null;
    }
  };
  const all = (nodes: readonly RootContent[]): Part => nodes.map(write);
  return html`${all(children)}`;
}

const COMMENTS = /^\s*(?:<!--(?:(?!-->)[\s\S])*-->\s*)+$/;

function tagged(name: string, inside: Part, classes = ""): Html {
  return new Html(html`<${new Html(name)}${classes === "" ? null : html` class="${classes}"`}>${inside}</${new Html(name)}>`.text);
}

function alignOf(align: AlignType | undefined): string {
  return align === "right" ? "num" : "";
}
