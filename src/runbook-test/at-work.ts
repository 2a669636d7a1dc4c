import { journalOf, runsOf } from "#db/runs.ts";
import { next } from "#domain/run-next.ts";
import { stepOf } from "#domain/run.ts";
import { aroundOf, holdsFor, planned } from "#engine/runs/facts.ts";
import type { Engine } from "#engine/engine.ts";
import type { PlannedStep, RunbookPlan } from "#runbooks/index.ts";

/** The run of a case. There is one: a case has one runbook, one alert and a database of its own. */
export const RUN = 1;

export type AtWork = {
  readonly plan: RunbookPlan;
  readonly step: PlannedStep | null;
  readonly undoing: boolean;
  /** Nobody has been asked about the step yet. */
  readonly unasked: boolean;
};

/** What the run is doing when it asks the world: what the engine itself says comes next, by the same function. */
export async function atWork(engine: Engine): Promise<AtWork | null> {
  const { db } = engine.connection;
  const [run] = await runsOf(db, [RUN]);
  if (run === undefined) return null;
  const journal = await journalOf(db, [RUN]);
  const move = next(run, journal, holdsFor(run, journal), await aroundOf(engine, run));
  const plan = planned(run);
  const step = (index: number): PlannedStep | null => plan.steps[index] ?? null;
  switch (move.do) {
    case "start":
    case "skip":
      return { plan, step: step(move.index), undoing: false, unasked: run.asked?.step !== move.index };
    case "undo":
      return { plan, step: step(move.index), undoing: true, unasked: false };
    case "recover":
      return { plan, step: step(stepOf(move.line.idx)), undoing: move.line.idx < 0, unasked: false };
    case "verify":
    case "end":
    case "finish":
    case "stay":
      return { plan, step: null, undoing: false, unasked: false };
  }
}
