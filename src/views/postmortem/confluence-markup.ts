/**
 * A page of Markdown in Confluence's storage format (XHTML with macros of its own), for its REST API or its "insert markup".
 * Text is escaped whatever it is: what stands in a page as HTML is shown, and never becomes markup.
 * https://confluence.atlassian.com/doc/confluence-storage-format-790796544.html
 */
export function renderConfluence(markdown: string): string {
  return `${blocks(markdown.replaceAll("\r\n", "\n").split("\n")).join("\n")}\n`;
}

const RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;
/** How deep quotes and lists go; what is deeper is told without its nesting. */
const MAX_DEPTH = 20;
const ITEM = /^(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;

function blocks(lines: readonly string[], depth = 0): string[] {
  const found: string[] = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i]!;
    const until = (continues: (line: string) => boolean, from = i + 1): readonly string[] => {
      let end = from;
      while (end < lines.length && continues(lines[end]!)) end++;
      i = end;
      return lines.slice(from, end);
    };
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const fence = /^(`{3,}|~{3,})\s*([\w+-]*)/.exec(line);
    if (line.trim() === "" || /^<!--.*-->$/.test(line.trim())) i++;
    else if (heading !== null) {
      found.push(`<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`);
      i++;
    } else if (fence !== null) {
      const code = until((each) => !each.startsWith(fence[1]!));
      i++;
      found.push(codeMacro(fence[2]!, code.join("\n")));
    } else if (/^(?:-{3,}|\*{3,}|_{3,})$/.test(line.trim())) {
      found.push("<hr/>");
      i++;
    } else if (
      line.includes("|") &&
      RULE.test((lines[i + 1] ?? "").trim()) &&
      lines[i + 1]!.includes("-") &&
      lines[i + 1]!.includes("|")
    ) {
      const rows = until((each) => each.includes("|"), i + 2);
      found.push(table(line, rows));
    } else if (ITEM.test(line)) {
      const ordered = /^\d/.test(line);
      const rest = until((each) => ITEM.test(each) || /^\s{2,}\S/.test(each));
      found.push(list([line, ...rest], ordered ? "ol" : "ul", depth));
    } else if (line.startsWith(">") && depth < MAX_DEPTH) {
      const quoted = until((each) => each.startsWith(">"), i);
      found.push(
        `<blockquote>${blocks(
          quoted.map((each) => each.replace(/^> ?/, "")),
          depth + 1,
        ).join("")}</blockquote>`,
      );
    } else {
      const more = until(
        (each) => each.trim() !== "" && !/^(?:#{1,6}\s|```|~~~|>|<!--)/.test(each) && !ITEM.test(each),
      );
      found.push(
        `<p>${[line, ...more].map((each, at, all) => inline(each.trim()) + (at < all.length - 1 ? (/ {2,}$|\\$/.test(each) ? "<br/>" : " ") : "")).join("")}</p>`,
      );
    }
  }
  return found;
}

function list(lines: readonly string[], tag: "ul" | "ol", depth: number): string {
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item !== null) items.push([item[1]!]);
    else items.at(-1)!.push(line.replace(/^\s{2,4}/, ""));
  }
  const shown = items.map(
    ([first = "", ...more]) =>
      `<li>${inline(first)}${depth < MAX_DEPTH ? blocks(more, depth + 1).join("") : inline(more.map((each) => ` ${each.trim()}`).join(""))}</li>`,
  );
  return `<${tag}>${shown.join("")}</${tag}>`;
}

function table(head: string, rows: readonly string[]): string {
  const columns = cellsOf(head);
  const row = (cells: readonly string[], tag: "th" | "td"): string =>
    `<tr>${columns.map((_, i) => `<${tag}>${inline(cells[i] ?? "")}</${tag}>`).join("")}</tr>`;
  return `<table><tbody>${[row(columns, "th"), ...rows.map((each) => row(cellsOf(each), "td"))].join("")}</tbody></table>`;
}

function cellsOf(line: string): readonly string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function codeMacro(language: string, code: string): string {
  const named = language === "" ? "" : `<ac:parameter ac:name="language">${escape(language)}</ac:parameter>`;
  return `<ac:structured-macro ac:name="code">${named}<ac:plain-text-body><![CDATA[${legal(code).replaceAll("]]>", "]]]]><![CDATA[>")}]]></ac:plain-text-body></ac:structured-macro>`;
}

const INLINE =
  /\\([!-/:-@[-`{-~])|(`+)([^`]+?)\2(?!`)|\*\*(?=\S)((?:\\.|[^\\*]){1,2000}?)\*\*|(?<![\p{L}\p{N}])([*_])(?=\S)((?:\\.|(?!\5)[^\\]){1,2000}?)\5(?![\p{L}\p{N}])|\[((?:\\.|[^\]\\]){1,1000})\]\((?:<(https?:\/\/[^\s<>]{1,3000})>|(https?:\/\/[^\s)]{1,3000}))\)|<(https?:\/\/[^\s>]{1,3000})>|&(amp|lt|gt|quot);/gu;

function inline(text: string): string {
  let shown = "";
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, escaped, , code, strong, , emphasis, words, fenced, plain, bare, entity] = found;
    shown += escape(text.slice(from, found.index));
    from = found.index + whole.length;
    if (escaped !== undefined) shown += escape(escaped);
    else if (code !== undefined) shown += `<code>${escape(code)}</code>`;
    else if (strong !== undefined) shown += `<strong>${inline(strong)}</strong>`;
    else if (emphasis !== undefined) shown += `<em>${inline(emphasis)}</em>`;
    else if (words !== undefined) shown += `<a href="${escape(fenced ?? plain!)}">${inline(words)}</a>`;
    else if (bare !== undefined) shown += `<a href="${escape(bare)}">${escape(bare)}</a>`;
    else shown += `&${entity};`;
  }
  return shown + escape(text.slice(from));
}

function escape(text: string): string {
  return legal(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Without what XML cannot hold, escaped or not. */
function legal(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replace(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g, "");
}
