import { endedWhileFiring } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { isRecheckLost } from "#domain/alerting/recheck.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * Looks for incidents that ended while alerts of them fire, and that nothing will look at again: a version before re-checks
 * ended them, or a timer was lost. Each gets its re-check back. Answers how many.
 */
export async function auditRechecks(engine: Engine, submit: SubmitCommand): Promise<number> {
  const now = engine.clock();
  const lost = (await endedWhileFiring(engine.connection.db)).filter(({ state }) =>
    isRecheckLost(state, now, engine.policy()),
  );
  for (const { state } of lost) {
    engine.log.warn({ incident: state.number }, "alerts of an ended incident had no re-check; set again");
    await submit(
      createSubmission({
        key: `recheck:INC-${state.number}:${Math.floor(now / MINUTE_MS)}`,
        urgency: 1,
        at: now,
        body: { type: "incident", incident: state.number, command: { type: "recheck.audit" } },
      }),
    );
  }
  return lost.length;
}
