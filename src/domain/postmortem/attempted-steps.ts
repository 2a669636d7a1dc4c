import type { Instant } from "#domain/values/language.ts";
import { type MeasuredEffect, measureEffect } from "#domain/automation/run-verification.ts";
import type { Event } from "#domain/events/event-registry.ts";
import { latestAttempt } from "#domain/automation/run-next.ts";
import { formatMeasuredValue } from "#domain/automation/run-text.ts";
import { runId, stepOfLine, undoLineIndex, type JournalLine, type Run } from "#domain/automation/run.ts";

/** A step of a runbook that was tried; `before` and `after` are what was measured, in words, null when nothing was. */
export type AttemptedStep = {
  readonly run: string;
  readonly runbook: string;
  readonly step: string;
  readonly startedAt: Instant;
  /** Whether it happened; unknown: its outcome is unknown. */
  readonly did: "done" | "failed" | "unknown" | "at work";
  readonly approvedBy: readonly string[];
  readonly outcome: MeasuredEffect;
  readonly before: string | null;
  readonly after: string | null;
  /** The target values of the measures; null when there are none. */
  readonly wanted: string | null;
  /** How its run ended: "verified", or why not. */
  readonly ended: string;
};

/** A run, its journal, and its events in the incident's timeline. */
export type RunWithEvents = {
  readonly run: Run;
  readonly journal: readonly JournalLine[];
  readonly events: readonly Event[];
};

/**
 * What runs did to systems, and what came of it, in the order in which it was begun. A step that only reads or notifies
 * people is not an attempt.
 */
export function attemptedSteps(all: readonly RunWithEvents[]): readonly AttemptedStep[] {
  return all.flatMap(stepsOf).toSorted((a, b) => a.startedAt - b.startedAt);
}

function stepsOf({ run, journal, events }: RunWithEvents): AttemptedStep[] {
  const approved = stepApprovers(run, events);
  return run.plan.steps.flatMap((step, i) => {
    if (step.touches !== "systems") return [];
    return [latestAttempt(journal, i), latestAttempt(journal, undoLineIndex(i))].flatMap((line): AttemptedStep[] => {
      if (line === null || line.state === "skipped" || line.state === "planned") return [];
      // The first attempt is when it began; one that was refused before anything was sent has no instant.
      const first = journal.find((each) => each.idx === line.idx && each.startedAt !== null);
      if (first === undefined) return [];
      const undo = line.idx < 0;
      return [
        {
          run: runId(run.number),
          runbook: run.runbook,
          step: `${undo ? "put back " : ""}${step.id}: ${step.uses} on ${run.target}`,
          startedAt: first.startedAt!,
          did: STEP_OUTCOMES[line.state],
          approvedBy: undo ? [] : (approved.get(step.id) ?? []),
          outcome: measureEffect(run.plan.verify?.promql ?? [], line.before, line.after),
          before: values(line.before),
          after: values(line.after),
          wanted:
            run.plan.verify?.promql
              .map(({ operator, threshold }) => `${operator} ${formatMeasuredValue(threshold)}`)
              .join(", ") || null,
          ended:
            run.state === "succeeded"
              ? "verified"
              : run.finishedAt === null
                ? "not over"
                : `${run.state}: ${run.reason}`,
        },
      ];
    });
  });
}

const STEP_OUTCOMES = { finished: "done", failed: "failed", unknown: "unknown", started: "at work" } as const;

/** Who approved each step: recorded when it began; the last approval is in the run too. */
export function stepApprovers(run: Run, events: readonly Event[]): ReadonlyMap<string, readonly string[]> {
  const last =
    run.asked === null
      ? []
      : [[run.plan.steps[stepOfLine(run.asked.step)]?.id ?? "", run.asked.by.map(({ name }) => name)] as const];
  const entries = events.flatMap((event) =>
    event.type === "run.started" && event.data.run === run.number && event.data.approvedBy.length > 0
      ? [[event.data.step, event.data.approvedBy] as const]
      : [],
  );
  return new Map([...last, ...entries]);
}

/** "8.5, 0.15", or null when nothing of it is known. */
function values(all: readonly (number | null)[] | null): string | null {
  return all === null || all.every((each) => each === null) ? null : all.map(formatMeasuredValue).join(", ");
}
