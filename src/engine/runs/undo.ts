import { limitsOf } from "#db/run-limits.ts";
import { addLine, changeRun, lockRun } from "#db/runs.ts";
import type { Move } from "#domain/run-next.ts";
import { undoOf, type Journalled } from "#domain/run.ts";
import { runnerOf } from "#engine/runners/index.ts";
import { act } from "./act.ts";
import type { GoesOn, Held } from "./held.ts";
import { leaseOf } from "./lease.ts";
import { forcedOff } from "./off.ts";
import { tell } from "./tell.ts";

/** Puts back what a step found. A kept key and intent make it the same however often it is said. */
export async function undo(held: Held, { index, of, line }: Extract<Move, { do: "undo" }>): Promise<GoesOn> {
  const { engine, run } = held;
  const step = run.plan.steps[index]!;
  const now = engine.clock();
  const leaseUntil = now + leaseOf(held, step);
  const begun: Journalled = {
    ...of,
    idx: undoOf(index),
    attempt: (line?.attempt ?? 0) + 1,
    state: "started",
    idemKey: `${of.idemKey}/undo`,
    epoch: run.epoch,
    handle: null,
    outcome: null,
    before: null,
    after: null,
    startedAt: now,
    finishedAt: null,
  };
  const going = await engine.connection.db.transaction(async (tx): Promise<boolean | null> => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return null;
    const { automation } = engine.policy();
    const limits = await limitsOf(tx, { ...run, service: run.labels["service"] ?? null }, { now, maxRuns: now, budget: now, domain: now }, true);
    const off = forcedOff(engine) ?? limits.off;
    const why =
      off !== null
        ? `automation is off, says ${off.by}`
        : !automation.enabled
          ? "automation.enabled is false"
          : runnerOf(step.uses).undo === undefined
            ? "it cannot be undone"
            : null;
    if (why !== null) await addLine(tx, { ...begun, state: "failed", outcome: { says: why }, finishedAt: now, writes: false });
    else {
      await addLine(tx, { ...begun, writes: true });
      await changeRun(tx, run.number, { leaseUntil, nextAt: leaseUntil });
    }
    await tell(engine, tx, run, []);
    return why === null;
  });
  if (going === null) return false;
  return going ? act(held, begun, leaseUntil, (runner, job) => runner.undo!(begun.intent, job)) : true;
}
