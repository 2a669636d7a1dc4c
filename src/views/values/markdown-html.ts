import type { AlignType, List, ListItem, RootContent, Table } from "mdast";
import { html, SafeHtml, externalLink, type HtmlPart } from "./html.ts";
import { isMarkdownComment, parseMarkdown, type MarkdownTree } from "./markdown-tree.ts";

/**
 * Markdown as HTML that is safe to show: only what is listed here becomes markup, HTML in the text stays text, comments
 * are not shown, links lead to the web and nowhere else, images are links.
 * A text that the parser would take seconds for is shown as it was written: every page is made by the one thread that also takes alerts.
 * @param deeper by how many levels headings are pushed down, because the page has headings of its own
 */
export function markdownHtml(markdown: string, deeper = 1): SafeHtml {
  const tree = parseMarkdown(markdown);
  if (tree === null) return html`<pre>${markdown}</pre>`;
  try {
    return written(tree, deeper);
  } catch (error) {
    // Nested too deeply for us: a page must not be lost for one text.
    if (error instanceof RangeError) return html`<pre>${markdown}</pre>`;
    throw error;
  }
}

function written({ children, targets }: MarkdownTree, deeper: number): SafeHtml {
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
        // A comment is for programs; everything else is what someone wrote.
        return isMarkdownComment(node.value) ? null : node.value;
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

function tagged(name: string, inside: HtmlPart, classes = ""): SafeHtml {
  return new SafeHtml(
    html`<${new SafeHtml(name)}${classes === "" ? null : html` class="${classes}"`}>${inside}</${new SafeHtml(name)}>`
      .text,
  );
}

function alignOf(align: AlignType | undefined): string {
  return align === "right" ? "num" : "";
}
