/**
 * The words of runbooks.
 *
 * runbook        one Markdown file: people read all of it, its `yaml step` fences are what can run
 * documentation  a runbook without steps: any Markdown file
 * step           one call of one action, under the prose that explains it
 * action         what a step uses, by name; the engine binds names to runners
 * parameter      a value an alert brings, which must match a pattern or be the name of an inventory row
 * condition      a CEL expression over parameters, labels and what earlier steps found
 * guard          a reading that must hold at the moment a step starts
 * verify         the measure that shows whether the problem is solved
 * plan           a runbook with everything filled in that is known before it runs; approvals are for a plan's hash
 */

/** off: not offered; suggest: reads, people do; diagnose: reads and posts, there is nothing to do; approve: runs what people approved; auto: runs what needs no approval. */
export const RUNBOOK_MODES = ["off", "suggest", "diagnose", "approve", "auto"] as const;
export type RunbookMode = (typeof RUNBOOK_MODES)[number];

/** Where an alert's label becomes a parameter. Exactly one of the two decides which values are let in. */
export type RunbookParam = {
  readonly from: string;
  readonly pattern: string | null;
  readonly inventory: string | null;
};

export type RunbookLimits = {
  /** One run at a time for each; `$param` as a part between slashes. */
  readonly lock: string;
  readonly cooldown: number;
  readonly maxRuns: { readonly runs: number; readonly per: number };
  readonly maxTargets: number;
  /** So many runs in a row that were not verified keep it from running for so long. */
  readonly breaker: { readonly failedVerifies: number; readonly open: number };
};

export type RunbookEscalation = { readonly after: number; readonly to: string };

export type StepApproval = {
  readonly from: readonly string[];
  readonly count: number;
  readonly expires: number;
  readonly unless: string | null;
};

/** `holds` is a condition over `result`, what the action answers; the step is not started unless it is true. */
export type StepGuard = { readonly uses: string; readonly with: StepArguments; readonly holds: string };

export const UNDO_ON = ["verify-failed", "run-ended"] as const;
export type UndoOn = (typeof UNDO_ON)[number];

/** As written: texts may still be `$param`, `steps.…` or a template. */
export type StepArguments = Readonly<Record<string, unknown>>;

export type Step = {
  readonly id: string;
  readonly uses: string;
  readonly with: StepArguments;
  readonly when: string | null;
  readonly guard: StepGuard | null;
  /** Whether the step has happened, when it gave no answer: `holds` is true or false of it. */
  readonly probe: StepGuard | null;
  readonly approve: StepApproval | null;
  readonly undo: { readonly on: readonly UndoOn[] } | null;
  readonly timeout: number | null;
  /** What people read about it: the heading it stands under and the text before it. */
  readonly heading: string;
  readonly prose: string;
  readonly line: number;
};

export type RunbookVerify = {
  /** `expression < number` each; all must hold. One that does not is empty in PromQL, as no data is, so a plan keeps both sides apart. */
  readonly promql: readonly string[];
  readonly minTraffic: string | null;
  /** It must hold for so long … */
  readonly for: number;
  /** … and begin to within this time. */
  readonly within: number;
  readonly noData: "unknown" | "fail";
  readonly alertResolved: boolean;
  readonly line: number;
};

/** What stands below a heading, in order: Markdown for people, a step by its id, the verify. */
export type SectionPart =
  | { readonly kind: "text"; readonly markdown: string }
  | { readonly kind: "step"; readonly id: string }
  | { readonly kind: "verify" };

/** A heading and what stands below it. */
export type RunbookSection = {
  readonly heading: string;
  readonly depth: number;
  readonly parts: readonly SectionPart[];
  readonly line: number;
};

export type Runbook = {
  readonly id: string;
  readonly title: string;
  readonly owner: string | null;
  readonly match: readonly string[];
  readonly params: Readonly<Record<string, RunbookParam>>;
  readonly mode: RunbookMode;
  readonly limits: RunbookLimits;
  readonly escalate: RunbookEscalation | null;
  readonly steps: readonly Step[];
  readonly verify: RunbookVerify | null;
  readonly sections: readonly RunbookSection[];
  /** It has no steps: people read it, nothing runs. */
  readonly documentation: boolean;
  readonly file: string;
  /** SHA-256 of the file's text: which words were approved. */
  readonly sha256: string;
};

/** The name of a step in conditions and templates, where a dash would be a minus. */
export function stepKey(id: string): string {
  return id.replaceAll("-", "_");
}
