import { createHash } from "node:crypto";
import type { Code, Root, RootContent } from "mdast";
import remarkFrontmatter from "remark-frontmatter";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { explain } from "./explain.ts";
import { FrontMatter, StepFence, VerifyFence } from "./format.ts";
import { nearest, type Problem } from "./problem.ts";
import { MODES, type Approval, type Guard, type Part, type Runbook, type Section, type Step, type Verify } from "./runbook.ts";
import { readYaml, type Place, type YamlSource } from "./yaml-source.ts";

/** A runbook as it stands in its file, with the places of all that is in it; `lint.ts` needs them. */
export type Parsed = {
  /** Null when the front matter cannot be understood. */
  readonly runbook: Runbook | null;
  readonly front: YamlSource | null;
  /** In the order of `runbook.steps`. */
  readonly steps: readonly YamlSource[];
  readonly verify: YamlSource | null;
  /** There is a fence marked as verify, if only one with a slip in it. */
  readonly verifies: boolean;
  /** The ids of steps that cannot be understood: who speaks of them is not wrong. */
  readonly lost: readonly string[];
  readonly problems: readonly Problem[];
};

const markdown = unified().use(remarkParse).use(remarkFrontmatter, ["yaml"]);

/** Reads one Markdown file. What is no runbook is documentation; what is nearly one is a problem. Never throws. */
export function parseRunbook(text: string, file: string): Parsed {
  const whole = text.replace(/^\uFEFF/, "");
  const lines = whole.split("\n");
  const root = markdown.parse(whole);
  const outline = readOutline(root, whole, file);
  const problems: Problem[] = [...outline.problems];
  const read = (value: string, firstLine: number): YamlSource | null => {
    const answer = readYaml(value, { file, lines, firstLine } satisfies Place);
    problems.push(...answer.problems);
    return answer.source;
  };

  const yaml = root.children[0]?.type === "yaml" ? root.children[0] : null;
  const runs = outline.fences.length > 0;
  const front = yaml === null ? null : read(yaml.value, 2);
  const sha256 = createHash("sha256").update(text).digest("hex");
  // Front matter of other tools (title, tags, layout) is none of ours.
  const ours = runs || (isRecord(front?.value) && ("match" in front.value || "mode" in front.value));
  if (!ours) {
    const keys: Record<string, unknown> = isRecord(front?.value) ? front.value : {};
    return {
      runbook: documentationOf(keys, outline.sections(new Map()), file, sha256),
      front: null,
      steps: [],
      verify: null,
      verifies: false,
      lost: [],
      problems: runs ? problems : outline.problems,
    };
  }
  if (yaml === null) {
    const { line } = outline.fences[0]!;
    problems.push({
      file,
      line,
      column: 1,
      message: "a step, but the file has no front matter that says when it is for",
      fix: "begin the file with ---, id, title, owner, match, ---",
    });
  }

  const steps: { readonly step: Step; readonly source: YamlSource }[] = [];
  const lost: string[] = [];
  let verify: { readonly verify: Verify; readonly source: YamlSource } | null = null;
  for (const fence of outline.fences) {
    const source = read(fence.value, fence.line + 1);
    if (source === null) continue;
    if (fence.kind === "step") {
      const parsed = StepFence.safeParse(source.value ?? {});
      if (parsed.success) steps.push({ step: toStep(parsed.data, fence), source });
      else {
        if (isRecord(source.value) && typeof source.value["id"] === "string") lost.push(source.value["id"]);
        problems.push(...explain(parsed.error.issues, StepFence, source, file));
      }
      continue;
    }
    if (verify !== null) problems.push({ file, line: fence.line, column: 1, message: "a second verify", fix: "leave one; its promql may be a list" });
    const parsed = VerifyFence.safeParse(source.value ?? {});
    if (parsed.success) verify ??= { verify: { ...parsed.data, minTraffic: parsed.data.minTraffic ?? null, line: fence.line }, source };
    else problems.push(...explain(parsed.error.issues, VerifyFence, source, file));
  }

  const parsed = front === null ? null : FrontMatter.safeParse(front.value ?? {});
  if (parsed !== null && !parsed.success) problems.push(...explain(parsed.error.issues, FrontMatter, front!, file));
  const sources = {
    front,
    steps: steps.map(({ source }) => source),
    verify: verify?.source ?? null,
    verifies: outline.fences.some(({ kind }) => kind === "verify"),
    lost,
    problems,
  };
  if (parsed === null || !parsed.success) return { runbook: null, ...sources };
  const { limits, escalate, ...head } = parsed.data;
  const runbook: Runbook = {
    ...head,
    limits: { ...limits, lock: limits.lock ?? head.id },
    escalate: escalate ?? null,
    steps: steps.map(({ step }) => step),
    verify: verify?.verify ?? null,
    sections: outline.sections(new Map(steps.map(({ step }) => [step.line, step.id]))),
    documentation: !outline.fences.some(({ kind }) => kind === "step"),
    file,
    sha256,
  };
  return { runbook, ...sources };
}

type Fence = { readonly kind: "step" | "verify"; readonly value: string; readonly line: number; readonly heading: string; readonly prose: string };

type Outline = {
  /** The ids of the steps, by the line of their fence, are known when the fences have been read. */
  readonly sections: (ids: ReadonlyMap<number, string>) => readonly Section[];
  readonly fences: readonly Fence[];
  readonly problems: readonly Problem[];
};

/** What the file's Markdown says: headings with what stands below them, and the fences that run. */
function readOutline(root: Root, text: string, file: string): Outline {
  const fences: Fence[] = [];
  const problems: Problem[] = [];
  const sections: { heading: string; depth: number; parts: (string | Fence)[]; line: number }[] = [];
  let prose: string[] = [];
  const section = (): (typeof sections)[number] => {
    if (sections.length === 0) sections.push({ heading: "", depth: 0, parts: [], line: 1 });
    return sections.at(-1)!;
  };
  for (const node of root.children) {
    if (node.type === "yaml") continue;
    const raw = text.slice(node.position?.start.offset, node.position?.end.offset);
    if (node.type === "heading") {
      sections.push({ heading: textOf(node).replace(/\s+/g, " ").trim(), depth: node.depth, parts: [], line: lineOf(node) });
      prose = [];
      continue;
    }
    const kind = node.type === "code" ? kindOf(node) : null;
    if (node.type === "code" && (kind === "step" || kind === "verify")) {
      const fence: Fence = { kind, value: node.value, line: lineOf(node), heading: section().heading, prose: prose.join("\n\n") };
      fences.push(fence);
      section().parts.push(fence);
      prose = [];
      continue;
    }
    if (node.type === "code" && kind !== null)
      problems.push({ file, ...placeOf(node), message: `a fence marked "${marks(node)}" never runs`, fix: `write \`\`\`${kind}` });
    for (const code of codesWithin(node))
      if (kindOf(code) !== null)
        problems.push({ file, ...placeOf(code), message: "a step inside a list or a quotation", fix: "move it to the left margin; only there it can run" });
    section().parts.push(raw);
    prose.push(raw);
  }
  const partOf = (part: string | Fence, ids: ReadonlyMap<number, string>): Part =>
    typeof part === "string" ? { kind: "text", markdown: part } : part.kind === "step" ? { kind: "step", id: ids.get(part.line) ?? "" } : { kind: "verify" };
  return { sections: (ids) => sections.map(({ parts, ...rest }) => ({ ...rest, parts: parts.map((part) => partOf(part, ids)) })), fences, problems };
}

function marks(code: Code): string {
  return `${code.lang ?? ""} ${code.meta ?? ""}`.trim();
}

/** What a fence is: a step, the verify, what was probably meant to be one (the text to write), or null. */
function kindOf(code: Code): "step" | "verify" | "yaml step" | "yaml verify" | null {
  const [lang, meta] = [code.lang ?? "", code.meta?.trim() ?? ""];
  if (lang === "yaml" && (meta === "step" || meta === "verify")) return meta;
  if (!/^ya?ml$/i.test(lang)) return null;
  const meant = /^\w+$/.test(meta) ? nearest(meta, ["step", "verify"]) : null;
  return meant === "step" || meant === "verify" ? `yaml ${meant}` : null;
}

/** The fences below a node, however deep; without recursion, because anybody's Markdown nests as deep as it likes. */
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

function toStep(fence: (typeof StepFence)["_output"], { heading, prose, line }: Fence): Step {
  const { when, guard, approve, undo, timeout, ...rest } = fence;
  return {
    ...rest,
    when: when ?? null,
    guard: (guard ?? null) satisfies Guard | null,
    approve: approve === undefined ? null : ({ ...approve, unless: approve.unless ?? null } satisfies Approval),
    undo: undo ?? null,
    timeout: timeout ?? null,
    heading,
    prose,
    line,
  };
}

/** Any Markdown file: known by its name, shown to people, with nothing in it that runs. */
function documentationOf(front: Record<string, unknown>, sections: readonly Section[], file: string, sha256: string): Runbook {
  const id = (file.split(/[/\\]/).at(-1) ?? file).replace(/\.(?:md|markdown)$/i, "");
  const title = typeof front["title"] === "string" && front["title"] !== "" ? front["title"] : (sections.find(({ heading }) => heading !== "")?.heading ?? id);
  return {
    id,
    title,
    owner: typeof front["owner"] === "string" ? front["owner"] : null,
    match: [],
    params: {},
    mode: MODES[0],
    limits: FrontMatter.shape.limits.transform((limits) => ({ ...limits, lock: id })).parse({}),
    escalate: null,
    steps: [],
    verify: null,
    sections,
    documentation: true,
    file,
    sha256,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
