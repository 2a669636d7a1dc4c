import { changeLine, changeRun, lockRun } from "#db/runs.ts";
import { reasonOf } from "#db/errors.ts";
import { keepOutput } from "#db/step-outputs.ts";
import { STEP_MS, stepOf, type Journalled } from "#domain/run.ts";
import { PortError } from "#ports/port-error.ts";
import { runnerOf } from "#engine/runners/index.ts";
import type { Ran, RunJob, Runner } from "#engine/runners/runner.ts";
import { masked, maskedText, portsOf, whole } from "./facts.ts";
import { nudged, tell } from "./tell.ts";
import type { GoesOn, Held } from "./held.ts";

/** What a runner is told of the line of the journal that it is to do. */
export function jobOf({ engine, run }: Held, line: Pick<Journalled, "idx" | "attempt" | "idemKey" | "startedAt">, again: boolean): RunJob {
  const step = run.plan.steps[stepOf(line.idx)]!;
  const startedAt = line.startedAt ?? engine.clock();
  return {
    engine,
    ports: portsOf(engine),
    run,
    step,
    key: line.idemKey,
    startedAt,
    deadline: startedAt + (step.timeout ?? STEP_MS),
    again: again || line.attempt > 1,
  };
}

/**
 * Does what the journal says was begun, and writes down what came of it. A worker that was frozen between the two has lost
 * its claim, and leaves the deed to whoever has it now.
 */
export async function act(
  held: Held,
  line: Journalled,
  leaseUntil: number,
  how: (runner: Runner, job: RunJob) => Promise<Ran>,
  again = false,
): Promise<GoesOn> {
  const { engine, run } = held;
  const step = run.plan.steps[stepOf(line.idx)]!;
  const said = { run: run.number, id: step.id, idx: line.idx };
  engine.observe({ step: "run.started", ...said });
  if (engine.clock() >= leaseUntil) return false;
  let ran: Ran | PortError;
  try {
    ran = await how(runnerOf(step.uses), jobOf(held, line, again));
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    ran = error;
  }
  engine.observe({ step: "run.acted", ...said });
  return settle(held, line, ran);
}

/** Writes down what came of a line that was begun. Only the last claimant may. */
export async function settle(held: Held, line: Journalled, ran: Ran | PortError): Promise<GoesOn> {
  const { engine, run } = held;
  const now = engine.clock();
  const step = run.plan.steps[stepOf(line.idx)]!;
  const goesOn = await engine.connection.db.transaction(async (tx): Promise<GoesOn> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    const write = (change: Parameters<typeof changeLine>[3]): Promise<boolean> => changeLine(tx, line, run.epoch, change);
    const put = async (nextAt: number): Promise<GoesOn> => {
      await changeRun(tx, run.number, { nextAt, leaseUntil: null });
      return false;
    };
    if (ran instanceof PortError) {
      const says = maskedText(engine, reasonOf(ran));
      // Whoever asks for more than the step's own time is not waited for: it has failed by then.
      const wait = Math.min(ran.retryAfterMs ?? Math.min(30_000, 1_000 * 2 ** Math.min(line.attempt, 5)), step.timeout ?? STEP_MS);
      // It may have happened, and goes on out there or is asked about: the line stays begun, and whoever has it next looks.
      if (line.handle !== null && ran.retryable) return put(now + wait);
      if (ran.mayHaveHappened && step.effect === "once" && line.idx >= 0) return put(now + wait);
      await write({ state: "failed", outcome: { says, retry: ran.retryable }, finishedAt: now });
      if (ran.retryable) return put(now + wait);
      await tell(engine, tx, run, []);
      return true;
    }
    if (ran.state === "underway") {
      await write({ handle: ran.handle });
      // Who stopped it while it was begun woke nobody.
      await put(now + Math.max(250, locked.ending === null ? ran.inMs : Math.min(ran.inMs, 1_000)));
      await tell(engine, tx, run, []);
      return false;
    }
    const all = ran.state === "done" ? whole(engine, ran.output) : null;
    if (all !== null) await keepOutput(tx, line, all.body, all.cut);
    if (ran.state === "done") await write({ state: "finished", outcome: { output: masked(engine, ran.output) }, finishedAt: now });
    else await write({ state: "failed", outcome: { says: maskedText(engine, ran.says) }, finishedAt: now });
    await tell(engine, tx, run, []);
    return true;
  });
  engine.observe({ step: "run.written", run: run.number, id: step.id, idx: line.idx });
  nudged(engine, run);
  return goesOn;
}
