import { changeRun, lockRun } from "#db/runs.ts";
import type { Journalled, Run } from "#domain/run.ts";
import type { Engine } from "#engine/engine.ts";

/** A run in the hands of one worker, until somebody with a later epoch has it. */
export type Held = { readonly engine: Engine; readonly run: Run; readonly journal: readonly Journalled[]; readonly leaseMs: number };

/** Whether the worker goes on with the run: false when it waits, has ended, or is somebody else's. */
export type GoesOn = boolean;

/** Puts a run down until an instant, or until somebody wakes it. */
export async function rest({ engine, run }: Held, nextAt: number | null): Promise<GoesOn> {
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) !== null) await changeRun(tx, run.number, { nextAt, leaseUntil: null });
  });
  return false;
}
