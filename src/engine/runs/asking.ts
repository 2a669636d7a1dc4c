import { addLine, changeRun, lockRun } from "#db/runs.ts";
import { isApproved } from "#domain/run-gate.ts";
import { stepKeyOf, type Asked, type Ending, type Run } from "#domain/run.ts";
import type { GoesOn, Held } from "./held.ts";
import { nudged, tell } from "./tell.ts";

/** What people are to be asked. */
export type Wanted = {
  readonly hash: string;
  readonly from: readonly string[];
  readonly count: number;
  readonly expires: number;
  readonly why: string;
  readonly does: Readonly<Record<string, unknown>>;
};

/** How a run ends that was not approved in time. */
export function tooLate({ by, count }: Asked, step: string): Ending {
  const reason =
    by.length >= count
      ? `the approval of ${step} ran out before it could be done`
      : by.length === 0
        ? `nobody approved ${step} in time`
        : `${step} was not approved by enough people in time`;
  return { state: "canceled", reason, by: null };
}

/** Whether people are or were asked about this step. */
export function isAsked({ asked }: Run, index: number): boolean {
  return asked?.step === index;
}

/**
 * Asks people to let a step happen, and puts the run down until they answer or the time is over. What they are asked is
 * bound to what would be done: when that changes, they are asked anew.
 */
export async function ask({ engine, run }: Held, index: number, wanted: Wanted): Promise<GoesOn> {
  const now = engine.clock();
  const step = run.plan.steps[index]!;
  const goesOn = await engine.connection.db.transaction(async (tx): Promise<GoesOn> => {
    const locked = await lockRun(tx, run.number, run.epoch);
    if (locked === null) return false;
    if (locked.ending !== null) return true;
    const { asked } = locked;
    if (asked?.step === index && asked.hash === wanted.hash) {
      if (isApproved(asked, index, wanted.hash, now)) {
        // Only the pause between two steps comes here approved: a step that changes something starts then.
        const nothing = { intent: {}, handle: null, before: null, after: null };
        const outcome = { output: { by: asked.by.map(({ name }) => name) } };
        await addLine(tx, {
          ...{ run: run.number, idx: index, attempt: 1, state: "finished", idemKey: stepKeyOf(run, index), epoch: run.epoch },
          ...nothing,
          outcome,
          startedAt: now,
          finishedAt: now,
          writes: false,
        });
        await changeRun(tx, run.number, { state: "running" });
        return true;
      }
      if (now >= asked.until) {
        await changeRun(tx, run.number, { ending: tooLate(asked, step.id) });
        return true;
      }
      await changeRun(tx, run.number, { state: "waiting-approval", nextAt: asked.until, leaseUntil: null });
      return false;
    }
    const until = now + wanted.expires;
    const fresh: Asked = { step: index, hash: wanted.hash, from: wanted.from, count: wanted.count, until, why: wanted.why, does: wanted.does, by: [] };
    await changeRun(tx, run.number, { state: "waiting-approval", asked: fresh, nextAt: until, leaseUntil: null, reason: "" });
    const data = { run: run.number, runbook: run.runbook, step: step.id, why: wanted.why, from: [...wanted.from], count: wanted.count, until };
    await tell(engine, tx, run, [{ type: "run.requested", data }]);
    return false;
  });
  nudged(engine, run);
  return goesOn;
}
