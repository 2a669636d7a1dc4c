import { reasonOf } from "#db/errors.ts";
import { addLine, changeRun, lockRun } from "#db/runs.ts";
import { runId, stepKeyOf, type Journalled } from "#domain/run.ts";
import { runnerOf } from "#engine/runners/index.ts";
import type { Intent } from "#engine/runners/runner.ts";
import { PortError } from "#ports/port-error.ts";
import { actionCalled, evaluate, fillArguments } from "#runbooks/index.ts";
import { escape } from "#views/slack.ts";
import { jobOf } from "./act.ts";
import { factsOf, maskedText } from "./facts.ts";
import type { GoesOn, Held } from "./held.ts";
import { tell } from "./tell.ts";

export type NotIntended = { readonly ok: false; readonly says: string; readonly retryAfterMs: number | null; readonly retry: boolean };

/** Looks up what a step would do, without doing it. */
export async function intend(held: Held, index: number, input: Intent): Promise<{ readonly ok: true; readonly intent: Intent } | NotIntended> {
  const { engine, run } = held;
  const step = run.plan.steps[index]!;
  const job = jobOf(held, { idx: index, attempt: 1, idemKey: stepKeyOf(run, index), startedAt: null }, false);
  try {
    const intended = (await runnerOf(step.uses).intend?.(input, job)) ?? { ok: true as const, intent: input };
    return intended.ok ? intended : { ...intended, retryAfterMs: null, retry: false };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ok: false, says: maskedText(engine, reasonOf(error)), retryAfterMs: error.retryAfterMs, retry: error.retryable };
  }
}

/** Nothing was sent: what it would have been could not be found out. */
export async function failed({ engine, run }: Held, idx: number, attempt: number, { says, retry, retryAfterMs }: NotIntended): Promise<GoesOn> {
  const now = engine.clock();
  return engine.connection.db.transaction(async (tx) => {
    if ((await lockRun(tx, run.number, run.epoch)) === null) return false;
    const nothing = { intent: {}, handle: null, before: null, after: null };
    const outcome = { says, retry, fresh: true };
    const line: Journalled = {
      run: run.number,
      idx,
      attempt,
      state: "failed",
      idemKey: stepKeyOf(run, idx),
      epoch: run.epoch,
      ...nothing,
      outcome,
      startedAt: now,
      finishedAt: now,
    };
    await addLine(tx, { ...line, writes: false });
    if (retry) await changeRun(tx, run.number, { nextAt: now + (retryAfterMs ?? 2_000 * attempt), leaseUntil: null });
    await tell(engine, tx, run, []);
    return !retry;
  });
}

/** Whether a guard's reading lets the step through; else why not. */
export async function guard(
  held: Held,
  wanted: { readonly uses: string; readonly with: Readonly<Record<string, unknown>>; readonly holds: string },
): Promise<true | string> {
  const { engine, run, journal } = held;
  const filled = fillArguments(actionCalled(wanted.uses), wanted.with, factsOf(run, journal), escape);
  if (!filled.ok) return `guard: ${filled.error}`;
  const now = engine.clock();
  const job = { ...jobOf(held, { idx: 0, attempt: 1, idemKey: `${runId(run.number)}/guard`, startedAt: now }, false) };
  try {
    const ran = await runnerOf(wanted.uses).run(filled.input, job);
    if (ran.state !== "done") return `guard: ${ran.state === "refused" ? ran.says : "no answer yet"}`;
    const verdict = evaluate(wanted.holds, factsOf(run, journal, ran.output));
    return verdict === true ? true : `guard: ${verdict === false ? `not so: ${wanted.holds}` : verdict.error}`;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return `guard: ${maskedText(engine, reasonOf(error))}`;
  }
}
