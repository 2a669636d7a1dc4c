import { loadJournal, loadRuns } from "#db/runs.ts";
import { decideNextMove } from "#domain/automation/run-next.ts";
import { stepOfLine } from "#domain/automation/run.ts";
import { readSurroundings, readConditions, storedPlan } from "#engine/automation/run-facts.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PlannedStep, RunbookPlan } from "#runbooks/index.ts";

/** The run of a case. There is one: a case has one runbook, one alert and a database of its own. */
export const CASE_RUN_NUMBER = 1;

export type CurrentStep = {
  readonly plan: RunbookPlan;
  readonly step: PlannedStep | null;
  readonly undoing: boolean;
  /** It was begun and gave no answer: whether it happened is looked up. */
  readonly recovering?: true;
  /** It ends: what it measures now is only shown, so that a case need not have it. */
  readonly ending?: true;
  /** No one has been asked about the step yet. */
  readonly beforeApproval: boolean;
};

/**
 * What the run is doing when it asks the world: the next step as the engine itself computes it, by the same function.
 */
export async function readCurrentStep(engine: Engine): Promise<CurrentStep | null> {
  const { db } = engine.connection;
  const [run] = await loadRuns(db, [CASE_RUN_NUMBER]);
  if (run === undefined) return null;
  const journal = await loadJournal(db, [CASE_RUN_NUMBER]);
  const move = decideNextMove(run, journal, readConditions(run, journal), await readSurroundings(engine, run));
  const plan = storedPlan(run);
  const step = (index: number): PlannedStep | null => plan.steps[index] ?? null;
  switch (move.do) {
    case "start":
    case "skip":
      return { plan, step: step(move.index), undoing: false, beforeApproval: run.asked?.step !== move.index };
    case "undo":
      return { plan, step: step(move.index), undoing: true, beforeApproval: false };
    case "recover":
      return {
        plan,
        step: step(stepOfLine(move.line.idx)),
        undoing: move.line.idx < 0,
        recovering: true,
        beforeApproval: false,
      };
    case "end":
      return { plan, step: null, undoing: false, beforeApproval: false, ending: true };
    case "verify":
    case "finish":
    case "stay":
      return { plan, step: null, undoing: false, beforeApproval: false };
  }
}
