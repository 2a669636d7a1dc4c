import type { Instant } from "#domain/values/language.ts";
import {
  stepOfLine,
  undoLineIndex,
  type RunEnding,
  type JournalLine,
  type Run,
  type RunEnd,
  type RunStep,
} from "./run.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "./step-timeout.ts";

/** What is to be done next with a run. */
export type NextMove =
  /** Someone began this and no one wrote down how it ended. */
  | { readonly do: "recover"; readonly line: JournalLine }
  /** `line`: the attempt before, whose intent is taken again. */
  | { readonly do: "start"; readonly index: number; readonly step: RunStep; readonly line: JournalLine | null }
  | { readonly do: "skip"; readonly index: number; readonly why: string }
  | { readonly do: "undo"; readonly index: number; readonly of: JournalLine; readonly line: JournalLine | null }
  | { readonly do: "verify" }
  | { readonly do: "end"; readonly ending: RunEnding }
  | { readonly do: "finish"; readonly ending: RunEnding }
  /** Only a person can decide how it continues. */
  | { readonly do: "stay" };

/** What the conditions of steps come to, by what was found so far. */
export type StepConditions = {
  /** Whether a step's condition holds; a text gives the reason why it is unknown. */
  readonly holds: (step: RunStep) => boolean | string;
  /** The ids of the steps whose results the conditions of a step speak of. */
  readonly speaksOf: (step: RunStep) => readonly string[];
};

/** What of the world matters besides the journal. */
export type RunSurroundings = {
  readonly now: Instant;
  readonly incidentOpen: boolean;
  /** null: no alert started it. */ readonly alertFiring: boolean | null;
  /** Another text for each time that the alert began to fire. */
  readonly alertStretch?: string;
};

/** Reads a run and its journal, and answers the next move. Pure: the same rows give the same answer to any worker. */
export function decideNextMove(
  run: Run,
  journal: readonly JournalLine[],
  conditions: StepConditions,
  around: RunSurroundings,
): NextMove {
  const begun = journal.find(({ state }) => state === "started");
  if (begun !== undefined) return { do: "recover", line: begun };
  if (journal.some((line) => line.state === "unknown" && latestAttempt(journal, line.idx) === line))
    return { do: "stay" };
  if (run.ending !== null) return undoing(run, journal, run.ending);
  const wrote = run.plan.steps.some(
    (step, i) => step.touches === "systems" && latestAttempt(journal, i)?.state === "finished",
  );
  const pointless = whyPointless(around);
  if (pointless !== null && !wrote) return ends("canceled", pointless);
  for (const [index, step] of run.plan.steps.entries()) {
    const line = latestAttempt(journal, index);
    if (line?.state === "finished" || line?.state === "skipped") continue;
    // What was changed is proved or put back; it is no reason to change more.
    if (pointless !== null && asksForChange(step)) {
      if (line === null) return { do: "skip", index, why: pointless };
      if (line.outcome?.retry === true) continue;
    }
    if (line?.state === "failed") {
      const since = first(journal, index)?.startedAt ?? around.now;
      const inTime = around.now < since + (step.timeout ?? DEFAULT_STEP_TIMEOUT_MS) || line.outcome?.proved === true;
      if (line.outcome?.retry === true && inTime) return { do: "start", index, step, line };
      // A failed question leaves the answers to the others standing, and a failed message to people leaves the steps
      // that help.
      if (step.touches !== "systems" && step.uses !== "approve") continue;
      return ends("failed", `step ${step.id}: ${line.outcome?.says ?? "failed"}`);
    }
    if (run.mode === "suggest" && !isDoneInSuggestion(step))
      return { do: "skip", index, why: "the runbook only suggests" };
    const stale = asksForChange(step) ? staleReading(run, journal, conditions.speaksOf(step), around.now) : null;
    if (stale !== null) return stale;
    if (step.when === null) return { do: "start", index, step, line: null };
    const condition = conditions.holds(step);
    if (condition === true) return { do: "start", index, step, line: null };
    return { do: "skip", index, why: condition === false ? `not so: ${step.when}` : condition };
  }
  if (wrote && run.plan.verify !== null) return { do: "verify" };
  if (wrote) return ends("failed", "there is nothing that could prove that it helped");
  return ends("suggested", "nothing was changed");
}

/** Why nothing more is to be changed, or null. */
function whyPointless({ incidentOpen, alertFiring }: RunSurroundings): string | null {
  if (!incidentOpen) return "the incident is over";
  return alertFiring === false ? "the alert resolved by itself" : null;
}

/** What a suggestion does: it reads, and posts messages; a pause to ask people would hold up nothing. */
function isDoneInSuggestion({ touches, uses }: RunStep): boolean {
  return uses === "notify" || (touches === "nothing" && uses !== "approve");
}

function asksForChange({ touches, uses }: RunStep): boolean {
  return touches === "systems" || uses === "approve";
}

/** What a step found counts for so long as evidence for a change, in ms; until something is changed, if that comes first. */
const FRESH_MS = 5 * MINUTE_MS;

/** The step to be read once more before its result is evidence for a change, or null. */
function staleReading(
  run: Run,
  journal: readonly JournalLine[],
  ids: readonly string[],
  now: Instant,
): NextMove | null {
  const changedAt = run.plan.steps
    .map((step, i) => (step.touches === "systems" ? latestAttempt(journal, i) : null))
    // One that was skipped has changed nothing.
    .reduce((last, line) => Math.max(last, line === null || line.state === "skipped" ? 0 : (line.finishedAt ?? 0)), 0);
  for (const [index, step] of run.plan.steps.entries()) {
    if (step.touches !== "nothing" || step.uses === "approve" || !ids.includes(step.id)) continue;
    const line = latestAttempt(journal, index);
    if (line?.state !== "finished" || line.startedAt === null) continue;
    if (line.startedAt < changedAt || now - line.startedAt > FRESH_MS) return { do: "start", index, step, line };
  }
  return null;
}

function ends(state: RunEnd, reason: string): NextMove {
  return { do: "end", ending: { state, reason, by: null } };
}

/** What is put back before a run ends, the last step first. What could not be put back is not tried for ever. */
function undoing(run: Run, journal: readonly JournalLine[], ending: RunEnding): NextMove {
  for (let index = run.plan.steps.length - 1; index >= 0; index--) {
    const wanted = run.plan.steps[index]!.undo;
    if (!wanted.includes("run-ended") && !(ending.state === "failed" && wanted.includes("verify-failed"))) continue;
    const done = latestAttempt(journal, index);
    // A step that began and failed may have taken effect in part.
    if (done === null || done.state !== "finished") continue;
    const line = latestAttempt(journal, undoLineIndex(index));
    if (line === null || (line.state === "failed" && line.outcome?.retry === true && line.attempt < UNDO_ATTEMPTS))
      return { do: "undo", index, of: done, line };
  }
  return { do: "finish", ending };
}

const UNDO_ATTEMPTS = 5;

/** The last attempt at a step, or null. */
export function latestAttempt(journal: readonly JournalLine[], idx: number): JournalLine | null {
  return journal
    .filter((line) => line.idx === idx)
    .reduce<JournalLine | null>((last, line) => (last === null || line.attempt > last.attempt ? line : last), null);
}

function first(journal: readonly JournalLine[], idx: number): JournalLine | null {
  return journal.find((line) => line.idx === idx && line.attempt === 1) ?? null;
}

/** What to do with a step that another worker started. */
export type StepRecovery =
  /** Do the same again: reading harms no one, and the intent that is written down may be sent twice. */
  | { readonly do: "again" }
  /** Ask the world whether it happened. */
  | { readonly do: "probe" }
  /** It goes on out there. */
  | { readonly do: "follow" };

export function decideRecovery({ effect }: Pick<RunStep, "effect">, line: JournalLine): StepRecovery {
  if (line.handle !== null) return { do: "follow" };
  // An undo sets the previous value, so repeating it is harmless.
  return line.idx < 0 || effect !== "once" ? { do: "again" } : { do: "probe" };
}

/**
 * When a step that did not happen, as the probe found, may be started again: the worker that began it may be frozen
 * rather than dead, and still do it until both its lease and the step's own time have ended.
 */
export function mayStartAgainAt({ timeout }: Pick<RunStep, "timeout">, line: JournalLine, leaseMs: number): Instant {
  return (line.startedAt ?? 0) + leaseMs + (timeout ?? DEFAULT_STEP_TIMEOUT_MS);
}

/** What the world answers when it is asked whether a step happened. "error": it cannot be asked, `retryable`: for now. */
export type StepSighting =
  | { readonly found: "yes" | "no" | "unknown" }
  | {
      readonly found: "error";
      readonly retryable: boolean;
      readonly retryAfterMs: number | null;
      readonly why: string;
    };

/** How a step goes on of which the world was asked whether it happened. */
export type SightingMove =
  | { readonly do: "done" }
  | { readonly do: "wait"; readonly until: Instant }
  /** It failed, for good. */
  | { readonly do: "refuse"; readonly why: string }
  /** It did not happen, and is begun again. */
  | { readonly do: "again"; readonly why: string }
  | { readonly do: "ask-people"; readonly why: string };

/** When the world is asked again that could not answer, in ms. */
const RECHECK_MS = 10_000;

/** What the world's answer means. `safeAt`: when the process that began the step can no longer do it. */
export function decideSighting(
  { effect }: Pick<RunStep, "effect">,
  sighting: StepSighting,
  safeAt: Instant,
  now: Instant,
): SightingMove {
  switch (sighting.found) {
    case "yes":
      return { do: "done" };
    case "no":
      if (now < safeAt) return { do: "wait", until: safeAt };
      return effect === "once"
        ? { do: "again", why: "it did not happen" }
        : { do: "refuse", why: "it was not done in time" };
    case "unknown":
      return { do: "ask-people", why: "what is there does not tell" };
    case "error":
      return sighting.retryable && now < safeAt
        ? { do: "wait", until: now + (sighting.retryAfterMs ?? RECHECK_MS) }
        : { do: "ask-people", why: sighting.why };
  }
}

/** The attempt with an unknown outcome that people are asked about. */
export function lineName({ idx, attempt }: Pick<JournalLine, "idx" | "attempt">): string {
  return `${idx}.${attempt}`;
}

/** What people are asked to approve or to settle, by the number of the journal's line. */
export function stepLabel(run: Run, idx: number): string {
  const step = run.plan.steps[stepOfLine(idx)];
  return `${idx < 0 ? "the undoing of " : ""}${step?.id ?? "?"}`;
}
