import { createHash } from "node:crypto";
import remarkFrontmatter from "remark-frontmatter";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { explainIssues } from "./schema-problems.ts";
import { FrontMatter, StepFence, VerifyFence } from "./runbook-schema.ts";
import { readOutline, type RunbookFence } from "./markdown-outline.ts";
import type { RunbookProblem } from "./runbook-problem.ts";
import {
  RUNBOOK_MODES,
  type StepApproval,
  type StepGuard,
  type Runbook,
  type RunbookSection,
  type Step,
  type RunbookVerify,
} from "./runbook.ts";
import { readYaml, type YamlPlace, type YamlSource } from "./yaml-source.ts";

/** A runbook as it stands in its file, with the places of all that is in it; `lint-runbook.ts` needs them. */
export type ParsedRunbook = {
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
  readonly problems: readonly RunbookProblem[];
};

const markdown = unified().use(remarkParse).use(remarkFrontmatter, ["yaml"]);

/** Reads one Markdown file. What is no runbook is documentation; what is nearly one is a problem. Never throws. */
export function parseRunbook(text: string, file: string): ParsedRunbook {
  const whole = text.replace(/^\uFEFF/, "");
  const lines = whole.split("\n");
  const root = markdown.parse(whole);
  const outline = readOutline(root, whole, file);
  const problems: RunbookProblem[] = [...outline.problems];
  const read = (value: string, firstLine: number): YamlSource | null => {
    const answer = readYaml(value, { file, lines, firstLine } satisfies YamlPlace);
    problems.push(...answer.problems);
    return answer.source;
  };

  const yaml = root.children[0]?.type === "yaml" ? root.children[0] : null;
  const runs = outline.fences.length > 0;
  const frontMatter = yaml === null ? null : read(yaml.value, 2);
  const sha256 = createHash("sha256").update(text).digest("hex");
  // Front matter of other tools (title, tags, layout) is none of ours.
  const isRunbook =
    runs || (isRecord(frontMatter?.value) && ("match" in frontMatter.value || "mode" in frontMatter.value));
  if (!isRunbook) {
    const keys: Record<string, unknown> = isRecord(frontMatter?.value) ? frontMatter.value : {};
    const runbook = documentationOf(keys, outline.sections(new Map()), file, sha256);
    const nothing = { front: null, steps: [], verify: null, verifies: false, lost: [] };
    return { runbook, ...nothing, problems: runs ? problems : outline.problems };
  }
  if (yaml === null) problems.push(missingFrontMatter(outline.fences[0]!.line, file));

  const { steps, verify, lost } = readFences(outline.fences, { file, read, problems });
  const parsed = frontMatter === null ? null : FrontMatter.safeParse(frontMatter.value ?? {});
  if (parsed !== null && !parsed.success)
    problems.push(...explainIssues(parsed.error.issues, FrontMatter, frontMatter!, file));
  const sources = {
    front: frontMatter,
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

function missingFrontMatter(line: number, file: string): RunbookProblem {
  return {
    file,
    line,
    column: 1,
    message: "a step, but the file has no front matter that says when it is for",
    fix: "begin the file with ---, id, title, owner, match, ---",
  };
}

type ReadStep = { readonly step: Step; readonly source: YamlSource };
type ReadVerify = { readonly verify: RunbookVerify; readonly source: YamlSource };

/** The fences that run, as steps and the verify; what is wrong with them is added to the problems. */
function readFences(
  fences: readonly RunbookFence[],
  {
    file,
    read,
    problems,
  }: {
    readonly file: string;
    readonly read: (value: string, firstLine: number) => YamlSource | null;
    readonly problems: RunbookProblem[];
  },
): { readonly steps: readonly ReadStep[]; readonly verify: ReadVerify | null; readonly lost: readonly string[] } {
  const steps: ReadStep[] = [];
  const lost: string[] = [];
  let verify: ReadVerify | null = null;
  for (const fence of fences) {
    const source = read(fence.value, fence.line + 1);
    if (source === null) continue;
    if (fence.kind === "step") {
      const parsed = StepFence.safeParse(source.value ?? {});
      if (parsed.success) steps.push({ step: toStep(parsed.data, fence), source });
      else {
        if (isRecord(source.value) && typeof source.value["id"] === "string") lost.push(source.value["id"]);
        problems.push(...explainIssues(parsed.error.issues, StepFence, source, file));
      }
      continue;
    }
    if (verify !== null)
      problems.push({
        file,
        line: fence.line,
        column: 1,
        message: "a second verify",
        fix: "leave one; its promql may be a list",
      });
    const parsed = VerifyFence.safeParse(source.value ?? {});
    if (parsed.success)
      verify ??= { verify: { ...parsed.data, minTraffic: parsed.data.minTraffic ?? null, line: fence.line }, source };
    else problems.push(...explainIssues(parsed.error.issues, VerifyFence, source, file));
  }
  return { steps, verify, lost };
}

function toStep(fence: (typeof StepFence)["_output"], { heading, prose, line }: RunbookFence): Step {
  const { when, guard, probe, approve, undo, timeout, ...rest } = fence;
  return {
    ...rest,
    when: when ?? null,
    guard: (guard ?? null) satisfies StepGuard | null,
    probe: (probe ?? null) satisfies StepGuard | null,
    approve: approve === undefined ? null : ({ ...approve, unless: approve.unless ?? null } satisfies StepApproval),
    undo: undo ?? null,
    timeout: timeout ?? null,
    heading,
    prose,
    line,
  };
}

/** Any Markdown file: known by its name, shown to people, with nothing in it that runs. */
function documentationOf(
  frontMatter: Record<string, unknown>,
  sections: readonly RunbookSection[],
  file: string,
  sha256: string,
): Runbook {
  const id = (file.split(/[/\\]/).at(-1) ?? file).replace(/\.(?:md|markdown)$/i, "");
  const title =
    typeof frontMatter["title"] === "string" && frontMatter["title"] !== ""
      ? frontMatter["title"]
      : (sections.find(({ heading }) => heading !== "")?.heading ?? id);
  return {
    id,
    title,
    owner: typeof frontMatter["owner"] === "string" ? frontMatter["owner"] : null,
    match: [],
    params: {},
    mode: RUNBOOK_MODES[0],
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
