import type { Nodes, Root, RootContent } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";

// The one reader of Markdown: what it understands, every page, export and canvas shows.

const parser = unified().use(remarkParse).use(remarkGfm, { singleTilde: false });

/** A text as it was read; `targets`: the addresses of references, by their names. */
export type MarkdownTree = {
  readonly children: readonly RootContent[];
  readonly targets: ReadonlyMap<string, string>;
};

/** Reads Markdown; null: the parser would take seconds for it, so it is to be shown as it was written. */
export function parseMarkdown(markdown: string): MarkdownTree | null {
  const root = parseRoot(markdown);
  return root === null
    ? null
    : {
        children: root.children,
        targets: new Map(
          root.children.flatMap((node) => (node.type === "definition" ? [[node.identifier, node.url] as const] : [])),
        ),
      };
}

/** The text without its comments, as it was written otherwise. */
export function withoutComments(markdown: string): string {
  const root = parseRoot(markdown);
  if (root === null) return markdown;
  let shown = "";
  let from = 0;
  for (const { start, end } of commentsIn(root)) {
    shown += markdown.slice(from, start);
    from = end;
  }
  return shown + markdown.slice(from);
}

/** Whether HTML in a text is a comment: for programs, and not shown. */
export function isMarkdownComment(value: string): boolean {
  return COMMENTS.test(value);
}

function commentsIn(node: Nodes): readonly { readonly start: number; readonly end: number }[] {
  if (node.type === "html") {
    const [start, end] = [node.position?.start.offset, node.position?.end.offset];
    return start === undefined || end === undefined || !isMarkdownComment(node.value) ? [] : [{ start, end }];
  }
  return "children" in node ? node.children.flatMap(commentsIn) : [];
}

function parseRoot(markdown: string): Root | null {
  if (isCostly(markdown)) return null;
  try {
    return parser.parse(markdown);
  } catch (error) {
    // Nested too deeply for the parser: a page must not be lost for one text.
    if (error instanceof RangeError) return null;
    throw error;
  }
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
