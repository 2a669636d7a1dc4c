import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { latestAttempt } from "./run-next.ts";
import { undoLineIndex, type JournalLine, type Run, type RunEnd, type RunEnding } from "./run.ts";

/** How a run has ended. */
export type RunResult = {
  readonly state: RunEnd;
  /** Steps that could not be put back, by their ids: they call for people, however the run ends. */
  readonly stuck: readonly string[];
  /** Whether it counts for the breaker: it has changed something, and it is known whether that helped. */
  readonly counts: boolean;
  /** Whether people are woken now. */
  readonly page: boolean;
  /** Whether its deadline ends with it: people who are paged now are not paged again. */
  readonly endsDeadline: boolean;
};

/** The result of a run that ends as `ending` asks, after its undo was tried. */
export function decideRunResult(
  { plan, wroteAt, escalateAt }: Pick<Run, "plan" | "wroteAt" | "escalateAt">,
  journal: readonly JournalLine[],
  ending: RunEnding,
): RunResult {
  const stuck = plan.steps
    .filter((_, i) => latestAttempt(journal, undoLineIndex(i))?.state === "failed")
    .map(({ id }) => id);
  const state = stuck.length > 0 && ending.state === "succeeded" ? "failed" : ending.state;
  // Of one that failed, unless its deadline has woken them.
  const callsPeople = plan.escalate === null ? wroteAt !== null : escalateAt !== null;
  const page = stuck.length > 0 || (state === "failed" && callsPeople);
  return {
    state,
    stuck,
    counts: wroteAt !== null && (state === "succeeded" || state === "failed"),
    page,
    // The deadline of a run that did nothing stays, so that it still wakes someone in time.
    endsDeadline: state === "succeeded" || page,
  };
}

/** Why it ended, with what else people need. `breakerOpen`: until when nothing more is tried on its target. */
export function describeRunResult(
  { reason }: RunEnding,
  { stuck }: Pick<RunResult, "stuck">,
  { target }: Pick<Run, "target">,
  breakerOpen: Instant | null,
): string {
  return [
    reason,
    ...(stuck.length === 0 ? [] : [`could not be put back: ${stuck.join(", ")}`]),
    ...(breakerOpen === null ? [] : [`nothing more is tried on ${target} until ${formatUtcTime(breakerOpen)} UTC`]),
  ].join("; ");
}
