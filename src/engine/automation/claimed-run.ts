import { updateRun, lockRun } from "#db/runs.ts";
import type { JournalLine, Run } from "#domain/automation/run.ts";
import type { Engine } from "#engine/base/engine.ts";

/** A run in the hands of one worker, until someone with a later epoch has it. */
export type ClaimedRun = {
  readonly engine: Engine;
  readonly run: Run;
  readonly journal: readonly JournalLine[];
  readonly leaseMs: number;
};

/** Whether the worker goes on with the run: false when it waits, has ended, or is someone else's. */
export type ContinuesRun = boolean;

/** Puts a run down until an instant, or until someone wakes it. */
export async function suspendRun({ engine, run }: ClaimedRun, nextAt: number | null): Promise<ContinuesRun> {
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) !== null)
      await updateRun(tx, run.number, { nextAt, leaseUntil: null });
  });
  return false;
}
