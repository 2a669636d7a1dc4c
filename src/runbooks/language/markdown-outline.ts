import type { Code, Root, RootContent } from "mdast";
import { nearestName, type RunbookProblem } from "./runbook-problem.ts";
import type { SectionPart, RunbookSection } from "./runbook.ts";

/** A fence that runs, with the heading and the words it stands under. */
export type RunbookFence = {
  readonly kind: "step" | "verify";
  readonly value: string;
  readonly line: number;
  readonly heading: string;
  readonly prose: string;
};

type Outline = {
  /** The ids of the steps, by the line of their fence, are known when the fences have been read. */
  readonly sections: (ids: ReadonlyMap<number, string>) => readonly RunbookSection[];
  readonly fences: readonly RunbookFence[];
  readonly problems: readonly RunbookProblem[];
};

/** The outline of the file's Markdown: headings with what stands below them, and the fences that run. */
export function readOutline(root: Root, text: string, file: string): Outline {
  const fences: RunbookFence[] = [];
  const problems: RunbookProblem[] = [];
  const sections: { heading: string; depth: number; parts: (string | RunbookFence)[]; line: number }[] = [];
  let prose: string[] = [];
  const section = (): (typeof sections)[number] => {
    if (sections.length === 0) sections.push({ heading: "", depth: 0, parts: [], line: 1 });
    return sections.at(-1)!;
  };
  for (const node of root.children) {
    if (node.type === "yaml") continue;
    const raw = text.slice(node.position?.start.offset, node.position?.end.offset);
    if (node.type === "heading") {
      sections.push({
        heading: textOf(node).replace(/\s+/g, " ").trim(),
        depth: node.depth,
        parts: [],
        line: lineOf(node),
      });
      prose = [];
      continue;
    }
    const kind = node.type === "code" ? kindOf(node) : null;
    if (node.type === "code" && (kind === "step" || kind === "verify")) {
      const fence: RunbookFence = {
        kind,
        value: node.value,
        line: lineOf(node),
        heading: section().heading,
        prose: prose.join("\n\n"),
      };
      fences.push(fence);
      section().parts.push(fence);
      prose = [];
      continue;
    }
    problems.push(...misplacedFences(node, file));
    section().parts.push(raw);
    prose.push(raw);
  }
  return {
    sections: (ids) =>
      sections.map(({ parts, ...rest }) => ({ ...rest, parts: parts.map((part) => partOf(part, ids)) })),
    fences,
    problems,
  };
}

/** Fences that look as if they ran and never do: a slip in the mark, or a place where none runs. */
function misplacedFences(node: RootContent, file: string): readonly RunbookProblem[] {
  const kind = node.type === "code" ? kindOf(node) : null;
  const slip: readonly RunbookProblem[] =
    node.type === "code" && kind !== null
      ? [
          {
            file,
            ...placeOf(node),
            message: `a fence marked "${marks(node)}" never runs`,
            fix: `write \`\`\`${kind}`,
          },
        ]
      : [];
  const inside = codesWithin(node)
    .filter((code) => kindOf(code) !== null)
    .map((code) => ({
      file,
      ...placeOf(code),
      message: "a step inside a list or a quotation",
      fix: "move it to the left margin; only there it can run",
    }));
  return [...slip, ...inside];
}

function partOf(part: string | RunbookFence, ids: ReadonlyMap<number, string>): SectionPart {
  if (typeof part === "string") return { kind: "text", markdown: part };
  return part.kind === "step" ? { kind: "step", id: ids.get(part.line) ?? "" } : { kind: "verify" };
}

function marks(code: Code): string {
  return `${code.lang ?? ""} ${code.meta ?? ""}`.trim();
}

/** What a fence is: a step, the verify, what was probably meant to be one (the text to write), or null. */
function kindOf(code: Code): "step" | "verify" | "yaml step" | "yaml verify" | null {
  const [lang, meta] = [code.lang ?? "", code.meta?.trim() ?? ""];
  if (lang === "yaml" && (meta === "step" || meta === "verify")) return meta;
  if (!/^ya?ml$/i.test(lang)) return null;
  const meant = /^\w+$/.test(meta) ? nearestName(meta, ["step", "verify"]) : null;
  return meant === "step" || meant === "verify" ? `yaml ${meant}` : null;
}

/** The fences below a node, however deep; without recursion, because anyone's Markdown nests as deep as it likes. */
function codesWithin(node: RootContent): readonly Code[] {
  const found: Code[] = [];
  const open: RootContent[] = "children" in node ? [...node.children] : [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.type === "code") found.push(next);
    if ("children" in next) open.push(...next.children);
  }
  return found;
}

function textOf(node: RootContent): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}

function lineOf(node: RootContent): number {
  return node.position?.start.line ?? 1;
}

function placeOf(node: RootContent): { line: number; column: number } {
  return { line: lineOf(node), column: node.position?.start.column ?? 1 };
}
