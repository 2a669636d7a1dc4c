import { insertCommands } from "#db/commands.ts";
import { nextTimerDueIn, takeDueTimers } from "#db/due-work.ts";
import { earlierTime, type DatabaseTime } from "#db/place/database-clock.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { TIMER_URGENCY } from "#domain/commands/timer-urgency.ts";
import type { Engine } from "#engine/base/engine.ts";
import { escalateOverdueRuns } from "#engine/automation/run-timeouts.ts";

/** Turns every due timer into a command, in one transaction each batch, and escalates overdue runs; then schedules the next wake-up. */
export function createTimerWorker(engine: Engine): () => Promise<void> {
  const { db } = engine.connection;
  const fire = (): Promise<number> =>
    db.transaction(async (tx) => {
      const due = await takeDueTimers(tx, dueTime(engine), 500);
      if (due.length === 0) return 0;
      await insertCommands(
        tx,
        due.map(({ incident, timer, due: at }) =>
          createSubmission({
            // The worker that takes a timer removes it, so it is due once; one that is set again for the same moment is
            // another.
            key: null,
            urgency: TIMER_URGENCY[timer],
            at,
            body: { type: "incident", incident, command: { type: "timer.due", timer, due: at } },
          }),
        ),
        engine.clock(),
      );
      return due.length;
    });

  return async () => {
    while (engine.taking()) {
      const count = await fire();
      if (count === 0) break;
      engine.observe({ step: "timers.fired", count });
      engine.wakeLane("apply", { urgency: 0, delayMs: 0 });
    }
    while (engine.taking() && (await escalateOverdueRuns(engine)));
    const next = engine.taking() ? await nextTimerDueIn(db, dueTime(engine)) : null;
    if (next !== null) engine.wakeLane("timers", { urgency: 0, delayMs: next });
  };
}

/**
 * A timer is due when both clocks show it: until a step of the database's is seen, decisions are dated by the time before
 * it, and by that a timer which it has made due is not.
 */
function dueTime({ databaseClock, clock }: Engine): DatabaseTime {
  return earlierTime(databaseClock.now(), clock());
}
