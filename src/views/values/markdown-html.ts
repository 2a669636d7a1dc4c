import type { AlignType, List, ListItem, RootContent, Table } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { html, SafeHtml, externalLink, type HtmlPart } from "./html.ts";

const parser = unified().use(remarkParse).use(remarkGfm, { singleTilde: false });

/**
 * Markdown as HTML that is safe to show: only what is listed here becomes markup, HTML in the text stays text, comments
 * are not shown, links lead to the web and nowhere else, images are links.
 * A text that the parser would take seconds for is shown as it was written: every page is made by the one thread that also takes alerts.
 * @param deeper by how many levels headings are pushed down, because the page has headings of its own
 */
export function markdownHtml(markdown: string, deeper = 1): SafeHtml {
  if (isCostly(markdown)) return html`<pre>${markdown}</pre>`;
  try {
    return written(markdown, deeper);
  } catch (error) {
    // Nested too deeply for the parser, or for us: a page must not be lost for one text.
    if (error instanceof RangeError) return html`<pre>${markdown}</pre>`;
    throw error;
  }
}

function written(markdown: string, deeper: number): SafeHtml {
  const { children } = parser.parse(markdown);
  const targets = new Map(
    children.flatMap((node) => (node.type === "definition" ? [[node.identifier, node.url] as const] : [])),
  );
  const write = (node: RootContent): HtmlPart => {
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
        return writeList(node, all);
      case "listItem":
        return writeItem(node, write, all);
      case "link":
        return externalLink(node.url, all(node.children));
      case "image":
        return externalLink(node.url, node.alt || node.url);
      case "linkReference":
        return externalLink(targets.get(node.identifier) ?? "", all(node.children));
      case "imageReference":
        return externalLink(targets.get(node.identifier) ?? "", node.alt || node.identifier);
      case "table":
        return writeTable(node, all);
      case "html":
        // A comment says something to programs; whatever else someone wrote is what they wrote.
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
  const all: WriteAll = (nodes) => nodes.map(write);
  return html`${all(children)}`;
}

type WriteAll = (nodes: readonly RootContent[]) => HtmlPart;

function writeList(list: List, all: WriteAll): HtmlPart {
  return list.ordered === true
    ? html`<ol start="${list.start ?? 1}">${all(list.children)}</ol>`
    : html`<ul>${all(list.children)}</ul>`;
}

/** A list without blank lines is a list of lines, not of paragraphs. */
function writeItem(item: ListItem, write: (node: RootContent) => HtmlPart, all: WriteAll): HtmlPart {
  return html`<li>${item.checked === true ? "☑ " : item.checked === false ? "☐ " : null}${item.children.map((each) => (each.type === "paragraph" && item.spread !== true ? all(each.children) : write(each)))}</li>`;
}

function writeTable(table: Table, all: WriteAll): HtmlPart {
  const [head, ...rows] = table.children;
  const cells = (row: typeof head, name: string): HtmlPart =>
    row?.children.map((cell, i) => tagged(name, all(cell.children), alignOf(table.align?.[i]))) ?? null;
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${rows.map((row) => html`<tr>${cells(row, "td")}</tr>`)}</tbody></table></div>\n`;
}

/** The longest text that is parsed. */
export const MAX_MARKDOWN_LENGTH = 40_000;
/** Marks in one paragraph, each of which is tried with each other, and containers in each other, which cost stack. */
const MARKS = 800;
const DEEP = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){30}|^[ \t]{80,}(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])/m;

/** Its rows are parsed one by one. */
const TABLE = /^[^\n]*\n\|?[ \t:|-]+(?:\n|$)/;

function isCostly(markdown: string): boolean {
  if (markdown.length > MAX_MARKDOWN_LENGTH || DEEP.test(markdown)) return true;
  if (markdown.length <= MARKS) return false;
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
  return prose
    .split(/\n[ \t]*\n/)
    .flatMap((block) => (TABLE.test(block) ? block.split("\n") : [block]))
    .some((each) => (each.match(/[[*_~`<!]/g)?.length ?? 0) > MARKS);
}

const COMMENTS = /^\s*(?:<!--(?:(?!-->)[\s\S])*-->\s*)+$/;

function tagged(name: string, inside: HtmlPart, classes = ""): SafeHtml {
  return new SafeHtml(
    html`<${new SafeHtml(name)}${classes === "" ? null : html` class="${classes}"`}>${inside}</${new SafeHtml(name)}>`
      .text,
  );
}

function alignOf(align: AlignType | undefined): string {
  return align === "right" ? "num" : "";
}
