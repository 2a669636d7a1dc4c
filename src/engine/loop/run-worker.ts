import { claimRuns, nextRunDueIn } from "#db/due-work.ts";
import { updateRun, loadJournal, lockRun, loadRuns } from "#db/runs.ts";
import { decideNextMove } from "#domain/automation/run-next.ts";
import { runId, type Run } from "#domain/automation/run.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { suspendRun, type ContinuesRun, type ClaimedRun } from "#engine/automation/claimed-run.ts";
import { readSurroundings, readConditions } from "#engine/automation/run-facts.ts";
import { setRunEnding, finishRun, skipStep, verifyRun } from "#engine/automation/run-ending.ts";
import { recoverStep } from "#engine/automation/steps/step-recovery.ts";
import { startStep } from "#engine/automation/steps/step-start.ts";
import { undoStep } from "#engine/automation/steps/step-undo.ts";

/** A claim that is not given back by then counts as abandoned. Longer than any port may take. */
const LEASE_MS = MINUTE_MS;
/** More moves than any plan has: a run that goes on for longer goes round in circles. */
const MOVES = 500;

/**
 * Advances every run that is due, up to `width` at a time. A run that waits, for people, for a time or for the world, is a
 * row with an instant in it and holds no worker.
 */
export function createRunWorker(engine: Engine, width: number): () => Promise<void> {
  const { db } = engine.connection;
  const leaseMs = engine.leaseMs ?? LEASE_MS;
  return async () => {
    const working = new Set<Promise<void>>();
    for (;;) {
      const claimed =
        working.size < width && engine.taking()
          ? await claimRuns(db, width - working.size, engine.databaseClock.now(), leaseMs)
          : [];
      if (claimed.length === 0 && working.size === 0) break;
      for (const run of claimed) {
        const task: Promise<void> = advanceOne(engine, run, leaseMs)
          // The claim runs out and someone takes the run again.
          .catch((error: unknown) =>
            engine.log.error({ run: runId(run.number), err: error }, "could not advance a run; retrying"),
          )
          .finally(() => working.delete(task));
        working.add(task);
      }
      if (working.size > 0) await Promise.race(working);
    }
    const due = engine.taking() ? await nextRunDueIn(db, engine.databaseClock.now()) : null;
    if (due !== null) engine.wakeLane("run", { urgency: 2, delayMs: due });
  };
}

async function advanceOne(engine: Engine, claimed: Run, leaseMs: number): Promise<void> {
  const { number, epoch } = claimed;
  engine.observe({ step: "run.claimed", run: number });
  for (let moves = 0; moves < MOVES; moves++) {
    if (!engine.taking()) return release(engine, number, epoch);
    const [run] = await loadRuns(engine.connection.db, [number]);
    if (run?.epoch !== epoch) return;
    const journal = await loadJournal(engine.connection.db, [number]);
    if (!(await move({ engine, run, journal, leaseMs }))) return;
  }
  throw new Error(`bug: ${runId(number)} makes moves and gets nowhere`);
}

async function move(claimed: ClaimedRun): Promise<ContinuesRun> {
  const { engine, run, journal } = claimed;
  const move = decideNextMove(run, journal, readConditions(run, journal), await readSurroundings(engine, run));
  switch (move.do) {
    case "recover":
      return recoverStep(claimed, move.line);
    case "start":
      return startStep(claimed, move);
    case "skip":
      return skipStep(claimed, move.index, move.why);
    case "undo":
      return undoStep(claimed, move);
    case "verify":
      return verifyRun(claimed);
    case "end":
      return setRunEnding(claimed, move.ending);
    case "finish":
      return finishRun(claimed, move.ending);
    case "stay":
      return suspendRun(claimed, null);
  }
}

async function release(engine: Engine, number: number, epoch: number): Promise<void> {
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, number, epoch)) !== null)
      await updateRun(tx, number, { nextAt: engine.clock(), leaseUntil: null });
  });
}
