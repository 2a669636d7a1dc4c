import type { List, ListItem, RootContent, Table } from "mdast";
import { isMarkdownComment, MAX_MARKDOWN_LENGTH, parseMarkdown } from "#views/values/markdown-tree.ts";

/**
 * A page of Markdown in Confluence's storage format (XHTML with macros of its own), for its REST API or its "insert markup".
 * Read as the page reads it; text is escaped whatever it is: what stands in a page as HTML is shown, and never becomes
 * markup, and comments are not shown.
 * https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
 */
export function renderConfluence(markdown: string): string {
  const text = legal(markdown.replaceAll("\r\n", "\n"));
  const pieces = text.length <= MAX_MARKDOWN_LENGTH ? [text] : sectionsOf(text);
  return `${pieces
    .map(renderPiece)
    .filter((each) => each !== "")
    .join("\n")}\n`;
}

/** A long page by its headings, so that each part is short enough to be read; a heading within code begins none. */
function sectionsOf(markdown: string): readonly string[] {
  const sections: string[][] = [[]];
  let fence: string | null = null;
  for (const line of markdown.split("\n")) {
    const mark = /^(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (fence === null ? mark !== null : mark?.startsWith(fence)) fence = fence === null ? mark : null;
    if (fence === null && /^#{1,6}\s/.test(line)) sections.push([]);
    sections.at(-1)!.push(line);
  }
  return sections.map((lines) => lines.join("\n"));
}

/** What the reader would take seconds for, or nests too deeply, is shown as it was written. */
function renderPiece(markdown: string): string {
  const tree = parseMarkdown(markdown);
  if (tree === null) return codeMacro("", markdown);
  try {
    return new Writer(tree.targets).blocks(tree.children).join("\n");
  } catch (error) {
    if (error instanceof RangeError) return codeMacro("", markdown);
    throw error;
  }
}

class Writer {
  readonly #targets: ReadonlyMap<string, string>;
  constructor(targets: ReadonlyMap<string, string>) {
    this.#targets = targets;
  }

  blocks(nodes: readonly RootContent[]): readonly string[] {
    return nodes.map((node) => this.#block(node)).filter((each) => each !== "");
  }

  #block(node: RootContent): string {
    switch (node.type) {
      case "heading":
        return `<h${node.depth}>${this.#inline(node.children)}</h${node.depth}>`;
      case "paragraph": {
        const words = this.#inline(node.children);
        return words.trim() === "" ? "" : `<p>${words}</p>`;
      }
      case "code":
        return codeMacro(node.lang ?? "", node.value);
      case "thematicBreak":
        return "<hr/>";
      case "blockquote":
        return `<blockquote>${this.blocks(node.children).join("")}</blockquote>`;
      case "list":
        return this.#list(node);
      case "table":
        return this.#table(node);
      case "html":
        return isMarkdownComment(node.value) ? "" : `<p>${escape(node.value)}</p>`;
      case "footnoteDefinition":
        return `<p>[${escape(node.identifier)}] ${this.#loose(node.children)}</p>`;
      case "definition":
      case "yaml":
      case "listItem":
      case "tableRow":
      case "tableCell":
        return "";
      case "break":
      case "delete":
      case "emphasis":
      case "footnoteReference":
      case "image":
      case "imageReference":
      case "inlineCode":
      case "link":
      case "linkReference":
      case "strong":
      case "text":
        return this.#one(node);
    }
  }

  #list({ ordered, start, children }: List): string {
    const items = children.map((item) => this.#item(item)).join("");
    if (ordered !== true) return `<ul>${items}</ul>`;
    return start == null || start === 1 ? `<ol>${items}</ol>` : `<ol start="${start}">${items}</ol>`;
  }

  /** A list without blank lines is a list of lines, not of paragraphs. */
  #item({ checked, spread, children }: ListItem): string {
    const box = checked === true ? "☑ " : checked === false ? "☐ " : "";
    const parts = children.map((each) =>
      each.type === "paragraph" && spread !== true ? this.#inline(each.children) : this.#block(each),
    );
    return `<li>${box}${parts.join("")}</li>`;
  }

  /** Paragraphs in one line. */
  #loose(nodes: readonly RootContent[]): string {
    return nodes.map((each) => (each.type === "paragraph" ? this.#inline(each.children) : this.#block(each))).join(" ");
  }

  #table({ children: [head, ...rows] }: Table): string {
    const row = (cells: Table["children"][number] | undefined, tag: "th" | "td"): string =>
      `<tr>${(cells?.children ?? []).map((cell) => `<${tag}>${this.#inline(cell.children)}</${tag}>`).join("")}</tr>`;
    return `<table><tbody>${[row(head, "th"), ...rows.map((each) => row(each, "td"))].join("")}</tbody></table>`;
  }

  #inline(nodes: readonly RootContent[]): string {
    return nodes.map((node) => this.#one(node)).join("");
  }

  #one(node: RootContent): string {
    switch (node.type) {
      case "text":
        return escape(node.value).replaceAll("\n", " ");
      case "emphasis":
        return `<em>${this.#inline(node.children)}</em>`;
      case "strong":
        return `<strong>${this.#inline(node.children)}</strong>`;
      case "delete":
        return `<del>${this.#inline(node.children)}</del>`;
      case "inlineCode":
        return `<code>${escape(node.value)}</code>`;
      case "break":
        return "<br/>";
      case "link":
        return webLink(node.url, this.#inline(node.children));
      case "image":
        return webLink(node.url, escape(node.alt || node.url));
      case "linkReference":
        return webLink(this.#targets.get(node.identifier) ?? "", this.#inline(node.children));
      case "imageReference":
        return webLink(this.#targets.get(node.identifier) ?? "", escape(node.alt || node.identifier));
      case "footnoteReference":
        return `[${escape(node.identifier)}]`;
      case "html":
        return isMarkdownComment(node.value) ? "" : escape(node.value);
      case "blockquote":
      case "code":
      case "definition":
      case "footnoteDefinition":
      case "heading":
      case "list":
      case "listItem":
      case "paragraph":
      case "table":
      case "tableCell":
      case "tableRow":
      case "thematicBreak":
      case "yaml":
        // Blocks do not stand within a line.
        return "";
    }
  }
}

/** A link to the web; what leads elsewhere stays its words. */
function webLink(url: string, words: string): string {
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return web ? `<a href="${escape(url)}">${words}</a>` : words;
}

function codeMacro(language: string, code: string): string {
  const named = language === "" ? "" : `<ac:parameter ac:name="language">${escape(language)}</ac:parameter>`;
  return `<ac:structured-macro ac:name="code">${named}<ac:plain-text-body><![CDATA[${legal(code).replaceAll("]]>", "]]]]><![CDATA[>")}]]></ac:plain-text-body></ac:structured-macro>`;
}

function escape(text: string): string {
  return legal(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Without what XML cannot hold, escaped or not. */
function legal(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replace(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g, "");
}
