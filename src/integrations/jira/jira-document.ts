import { truncateText } from "#domain/values/text.ts";
import type { TicketLine } from "#domain/tickets/ticket-text.ts";

type Node = { readonly type: string; readonly [name: string]: unknown };
/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
export type JiraDocument = { readonly type: "doc"; readonly version: 1; readonly content: Node[] };

/** Jira's limit for a text field. Counted here on the whole document, which is stricter than Jira. */
const TEXT = 32_767;

/**
 * Lines as an Atlassian document. Words of outside are text nodes, in which nothing is markup and no one is mentioned: a
 * mention is a node of its own. `mark` stands at the end, small enough to be read over.
 */
export function renderJiraDocument(lines: readonly TicketLine[], mark: string | null): JiraDocument {
  for (const most of [TEXT, 8_000, 2_000, 500, 100]) {
    const document = built(lines, mark, most);
    if (JSON.stringify(document).length <= TEXT) return document;
  }
  return built(lines.slice(0, 10), mark, 100);
}

/** Names as Jira has labels: no spaces, at most 255 characters, no two the same. */
export function toJiraLabels(names: readonly string[]): string[] {
  return [
    ...new Set(names.map((name) => name.trim().replace(/\s+/g, "-").slice(0, 255)).filter((name) => name !== "")),
  ];
}

function built(lines: readonly TicketLine[], mark: string | null, most: number): JiraDocument {
  const short = (text: string): string => truncateText(text.replace(/\s+/g, " "), most);
  const words = lines
    .filter(({ url }) => url === undefined)
    .map(({ strong, text }) => paragraph([...(strong ? [textOf(short(strong), bold)] : []), textOf(short(text))]));
  const links = lines.flatMap(({ text, url }) =>
    url === undefined || url.length > most
      ? []
      : [{ type: "listItem", content: [paragraph([textOf(short(text), { type: "link", attrs: { href: url } })])] }],
  );
  return {
    type: "doc",
    version: 1,
    content: [
      ...words,
      ...(links.length === 0 ? [] : [{ type: "bulletList", content: links }]),
      ...(mark === null ? [] : [paragraph([textOf(mark, { type: "subsup", attrs: { type: "sub" } })])]),
    ],
  };
}

const bold = { type: "strong" };

function paragraph(content: readonly Node[]): Node {
  return { type: "paragraph", content };
}

/** A text node must have words. */
function textOf(text: string, mark?: object): Node {
  return { type: "text", text: text === "" ? "–" : text, ...(mark === undefined ? {} : { marks: [mark] }) };
}
