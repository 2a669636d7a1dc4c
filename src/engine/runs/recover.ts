import type { Happened } from "#ports/cluster.ts";
import { changeLine, changeRun, lockRun } from "#db/runs.ts";
import { mayStartAgainAt, recovery, stepNamed } from "#domain/run-next.ts";
import { STEP_MS, stepOf, type Journalled, type StepOutcome } from "#domain/run.ts";
import { PortError } from "#ports/port-error.ts";
import { runnerOf } from "#engine/runners/index.ts";
import { act, jobOf, settle } from "./act.ts";
import { rest, type GoesOn, type Held } from "./held.ts";
import { leaseOf, takeOver } from "./lease.ts";
import { nudged, tell } from "./tell.ts";

const LOOK_AGAIN = 10_000;

/** Somebody began a step and nobody wrote down how it ended: they were killed, are frozen, or it goes on out there. */
export async function recover(held: Held, line: Journalled): Promise<GoesOn> {
  const { engine, run } = held;
  const step = run.plan.steps[stepOf(line.idx)]!;
  const runner = runnerOf(step.uses);
  const now = engine.clock();
  const timeout = step.timeout ?? STEP_MS;
  const begun = line.startedAt ?? now;
  const leaseUntil = now + leaseOf(held, step);
  const job = jobOf(held, line, true);
  switch (recovery(step, line).do) {
    case "follow": {
      // Nothing goes on out there while a run waits: whoever stops it need not wait for that.
      if (step.uses === "wait" && run.ending !== null) return settle(held, line, { state: "refused", says: "stopped" });
      if (step.uses !== "wait" && now >= begun + timeout)
        return settle(held, line, { state: "refused", says: `not done within ${Math.round(timeout / 1_000)} s` });
      return settle(held, line, await orError(() => runner.follow!(line.intent, line.handle, job)));
    }
    case "again": {
      // An intent of long ago is not sent into a world that has moved on; whether it arrived then can be asked.
      const stale = step.effect !== "read" && line.idx >= 0 && now >= mayStartAgainAt(step, line, held.leaseMs);
      if (stale) return probe(held, line);
      const taken = await takeOver(held, line, leaseUntil);
      if (taken === "lost") return false;
      if (taken === "off") return settle(held, line, { state: "refused", says: "automation was switched off after it had begun" });
      return act(held, { ...line, epoch: run.epoch }, leaseUntil, (each, at) => (line.idx < 0 ? each.undo!(line.intent, at) : each.run(line.intent, at)), true);
    }
    case "probe":
      return probe(held, line);
  }
}

/** Asks the world whether a step happened. */
async function probe(held: Held, line: Journalled): Promise<GoesOn> {
  const { engine, run } = held;
  const step = run.plan.steps[stepOf(line.idx)]!;
  const runner = runnerOf(step.uses);
  const job = jobOf(held, line, true);
  const now = engine.clock();
  const found: Happened | PortError = runner.probe === undefined ? "unknown" : await orError(() => runner.probe!(line.intent, job));
  if (found instanceof PortError) {
    if (found.retryable && now < mayStartAgainAt(step, line, held.leaseMs)) return rest(held, now + (found.retryAfterMs ?? LOOK_AGAIN));
    return unknown(held, line, found.message);
  }
  switch (found) {
    case "yes":
      if (runner.follow !== undefined) return settle(held, line, await orError(() => runner.follow!(line.intent, line.handle, job)));
      return settle(held, line, { state: "done", output: { found: true } });
    case "no": {
      const safe = mayStartAgainAt(step, line, held.leaseMs);
      if (now < safe) return rest(held, safe);
      if (step.effect !== "once") return settle(held, line, { state: "refused", says: "it was not done in time" });
      return close(held, line, { says: "it did not happen", retry: true, proved: true });
    }
    case "unknown":
      return unknown(held, line, runner.probe === undefined ? "nobody can look whether it happened" : "what is there does not tell");
  }
}

async function close({ engine, run }: Held, line: Journalled, outcome: StepOutcome): Promise<GoesOn> {
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    await changeLine(tx, line, run.epoch, { state: "failed", outcome, finishedAt: engine.clock() });
    return true;
  });
}

/** Only people can say. The target stays locked until they do. */
async function unknown({ engine, run }: Held, line: Journalled, reason: string): Promise<GoesOn> {
  await engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return;
    await changeLine(tx, line, run.epoch, { state: "unknown", outcome: { says: reason } });
    await changeRun(tx, run.number, { state: "unknown", nextAt: null, leaseUntil: null, reason });
    await tell(engine, tx, run, [{ type: "run.unknown", data: { run: run.number, runbook: run.runbook, step: stepNamed(run, line.idx), reason } }]);
  });
  nudged(engine, run);
  return false;
}

async function orError<T>(ask: () => Promise<T>): Promise<T | PortError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
}
