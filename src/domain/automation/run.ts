import type { Actor, Instant, Person } from "#domain/values/language.ts";

// A run is one runbook at work for one alert: a plan, and a journal of what was done of it.

/** waiting-approval: people are asked to approve; unknown: a step's outcome is unknown, and people are asked about it. */
export const RUN_STATES = [
  "planned",
  "waiting-approval",
  "running",
  "verifying",
  "succeeded",
  "failed",
  "unknown",
  "canceled",
  "suggested",
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States that nothing leads out of. */
export const RUN_ENDS = ["succeeded", "failed", "canceled", "suggested"] as const;
export type RunEnd = (typeof RUN_ENDS)[number];

export function isRunOver(state: RunState): state is RunEnd {
  return (RUN_ENDS as readonly RunState[]).includes(state);
}

/** diagnose: it has no step that changes a system, so that nothing of it needs approval. */
export type RunMode = "off" | "suggest" | "diagnose" | "approve" | "auto";
export type UndoTrigger = "verify-failed" | "run-ended";

export type RunApproval = {
  readonly from: readonly string[];
  readonly count: number;
  readonly expires: number;
  readonly unless: string | null;
};

/** What the engine's decisions look at of a planned step; the plan itself has more. */
export type RunStep = {
  readonly id: string;
  readonly uses: string;
  readonly effect: "read" | "idempotent" | "once";
  readonly touches: "nothing" | "people" | "systems";
  readonly risk: "low" | "high";
  readonly with: Readonly<Record<string, unknown>>;
  readonly when: string | null;
  readonly approve: RunApproval | null;
  readonly undo: readonly UndoTrigger[];
  readonly timeout: number | null;
};

export type RunMeasure = {
  readonly measure: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly threshold: number;
};

export type RunVerify = {
  readonly promql: readonly RunMeasure[];
  readonly minTraffic: RunMeasure | null;
  readonly for: number;
  readonly within: number;
  readonly noData: "unknown" | "fail";
  readonly alertResolved: boolean;
};

export type RunPlan = {
  readonly runbook: string;
  readonly title: string;
  readonly sha256: string;
  readonly mode: RunMode;
  readonly params: Readonly<
    Record<string, { readonly value: string; readonly row: Readonly<Record<string, string>> | null }>
  >;
  readonly steps: readonly RunStep[];
  readonly verify: RunVerify | null;
  readonly limits: {
    readonly lock: string;
    readonly cooldown: number;
    readonly maxRuns: { readonly runs: number; readonly per: number };
    readonly maxTargets: number;
    readonly breaker: { readonly failedVerifies: number; readonly open: number };
  };
  readonly escalate: { readonly after: number; readonly to: string } | null;
  readonly hash: string;
};

/** What people are asked: to let a step happen, for `hash` and nothing else, until `until`. */
export type ApprovalRequest = {
  readonly step: number;
  readonly hash: string;
  readonly from: readonly string[];
  readonly count: number;
  readonly until: Instant;
  readonly why: string;
  readonly by: readonly Person[];
  /** What the step would do, with all values known now: the input of `hash`. */
  readonly does?: Readonly<Record<string, unknown>>;
  /** Which questions become one, in trouble of the whole. */
  readonly group?: string;
  /** Every run that this one asks for, itself too; `hash` is then over all of them. Only until it is answered. */
  readonly over?: readonly GroupedRun[];
  /** The run that asks for this one too. */
  readonly ledBy?: number;
};

/** A run among those that one question is about, and what it would do. */
export type GroupedRun = { readonly run: number; readonly target: string; readonly hash: string };

/**
 * How far the proof has come. `seenAt`: when it was last looked. `resolvedSince`: since when the alert was resolved at each
 * look; null: it fires; absent: an earlier version looked. `stretch`: which of its stretches of firing was the last one then.
 */
export type VerificationProgress = {
  readonly began: Instant;
  readonly seenAt?: Instant;
  readonly heldSince: Instant | null;
  readonly resolvedSince?: Instant | null;
  readonly stretch?: string;
  readonly values: readonly (number | null)[];
  readonly says: string;
};

/**
 * What the run ends as, once what is to be put back is put back. `again`: another one begins in its place; `limited`: a limit or a
 * switch kept it from starting.
 */
export type RunEnding = {
  readonly state: RunEnd;
  readonly reason: string;
  readonly by: Actor | null;
  readonly again?: true;
  readonly limited?: true;
};

export type Run = {
  readonly number: number;
  readonly incident: number | null;
  readonly runbook: string;
  readonly sha: string;
  readonly mode: RunMode;
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The alert that started it, which has to resolve; null when a person did. */
  readonly alert: { readonly source: string; readonly fingerprint: string } | null;
  /** The person who asked for it, who may not approve it. */
  readonly by: Actor | null;
  /** Many alerts of one name: nothing of it happens without approval. */
  readonly systemic: boolean;
  readonly plan: RunPlan;
  readonly planHash: string;
  readonly state: RunState;
  readonly asked: ApprovalRequest | null;
  readonly proof: VerificationProgress | null;
  readonly ending: RunEnding | null;
  readonly reason: string;
  readonly epoch: number;
  readonly urgency: number;
  readonly leaseUntil: Instant | null;
  readonly nextAt: Instant | null;
  /** When its runbook's people are woken because it has not helped by then; null: they are not to be, or were. */
  readonly escalateAt: Instant | null;
  /** Failure domains of what it works on. */
  readonly domains: readonly string[];
  /** When it first changed a system. */
  readonly wroteAt: Instant | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
};

export const STEP_STATES = ["planned", "started", "finished", "failed", "unknown", "skipped"] as const;
export type StepState = (typeof STEP_STATES)[number];

/** `retry`: it failed for now, and the same intent may be tried again. */
export type StepOutcome = {
  readonly output?: Readonly<Record<string, unknown>>;
  readonly says?: string;
  readonly retry?: boolean;
  /** Nothing was sent yet: the intent is made again. */
  readonly fresh?: boolean;
  /** It is known that it did not happen, however long ago it was begun. */
  readonly proved?: boolean;
};

/** A line of the journal. The undoing of step i has the number -1 - i. */
export type JournalLine = {
  readonly run: number;
  readonly idx: number;
  readonly attempt: number;
  readonly state: StepState;
  /** Known to the world outside: what it has seen with this key, it has seen. */
  readonly idemKey: string;
  readonly epoch: number;
  readonly intent: Readonly<Record<string, unknown>>;
  /** The handle of an operation in progress, as its starter found it. */
  readonly handle: unknown;
  readonly outcome: StepOutcome | null;
  readonly before: readonly (number | null)[] | null;
  readonly after: readonly (number | null)[] | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
};

/** Whether people may have a suggestion done: it ended, and would change something. */
export function canBePerformed({ state, mode, plan }: Pick<Run, "state" | "mode" | "plan">): boolean {
  return state === "suggested" && mode === "suggest" && plan.steps.some(({ touches }) => touches === "systems");
}

/** The public name of run number `n`. */
export function runId(n: number): string {
  return `RUN-${n}`;
}

/**
 * What a step is called in the world outside, for every attempt at it. Numbers of runs begin again with a new database, and
 * what an earlier one left must not be taken for ours: so the run's instant is in it.
 */
export function stepKeyOf({ number, createdAt, plan }: Run, idx: number): string {
  return `${runId(number)}-${createdAt.toString(36)}/${idx}-${plan.steps[idx]?.id ?? ""}`;
}

/** The number in "RUN-12" (any case), or null. */
export function runNumber(id: string): number | null {
  const found = /^RUN-(\d{1,9})$/i.exec(id.trim());
  return found ? Number(found[1]) : null;
}

/** The number of the journal's lines about the undoing of step `i`. */
export function undoLineIndex(i: number): number {
  return -1 - i;
}

/** Which step a line of the journal is about. */
export function stepOfLine(idx: number): number {
  return idx < 0 ? -1 - idx : idx;
}
