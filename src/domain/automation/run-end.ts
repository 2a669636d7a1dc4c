import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { isMeasureMet } from "./run-verification.ts";
import { latestAttempt } from "./run-next.ts";
import { undoLineIndex, type JournalLine, type Run, type RunEnd, type RunEnding } from "./run.ts";

/** How a run has ended. */
export type RunResult = {
  readonly state: RunEnd;
  /** Steps that could not be put back, by their ids: they call for people, however the run ends. */
  readonly stuck: readonly string[];
  /** Whether it counts for the breaker: it has changed something, and it is known whether that helped. */
  readonly counts: boolean;
  /** Whether it proved that its runbook helps, and so earns it trust. */
  readonly proved: boolean;
  /** Whether people are woken now. */
  readonly page: boolean;
  /** Whether its deadline ends with it: people who are paged now are not paged again. */
  readonly endsDeadline: boolean;
};

/** The result of a run that ends as `ending` asks, after its undo was tried. */
export function decideRunResult(
  run: Pick<Run, "plan" | "wroteAt" | "escalateAt" | "alert" | "by">,
  journal: readonly JournalLine[],
  ending: RunEnding,
): RunResult {
  const { plan, wroteAt, escalateAt } = run;
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
    proved: state === "succeeded" && provesRunbook(run, journal),
    page,
    // The deadline of a run that did nothing stays, so that it still wakes someone in time.
    endsDeadline: state === "succeeded" || page,
  };
}

/**
 * Whether a run that was verified shows that its runbook helps: an alert began it and not a person, and its measure was bad
 * before the first change. What was well before and is well after proves nothing.
 */
function provesRunbook(
  { plan, alert, by }: Pick<Run, "plan" | "alert" | "by">,
  journal: readonly JournalLine[],
): boolean {
  if (alert === null || by !== null) return false;
  const [first] = journal
    .filter(({ idx, before, state }) => idx >= 0 && before !== null && state === "finished")
    .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
  return (plan.verify?.promql ?? []).some((measure, i) => isMeasureMet(measure, first?.before?.[i] ?? null) === false);
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
