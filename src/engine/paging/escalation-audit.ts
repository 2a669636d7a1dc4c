import { incidentsWithoutDeadline } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { ESCALATION_OVERDUE_MS, isEscalationStalled } from "#domain/paging/escalation.ts";
import { isExpiryOverdue } from "#domain/paging/acknowledgement-expiry.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * Looks for incidents that no one has acknowledged and that nothing will wake anyone for: a deadline that was lost, by
 * whatever fault. Each gets its escalation back, and the metrics and the log say that it was needed.
 */
export async function auditEscalations(engine: Engine, submit: SubmitCommand): Promise<number> {
  const now = engine.clock();
  const lost = (await incidentsWithoutDeadline(engine.connection.db, now - ESCALATION_OVERDUE_MS))
    .filter(({ state }) => isEscalationStalled(state, now) || isExpiryOverdue(state, now))
    .map(({ state }) => state.number);
  for (const incident of lost) {
    engine.log.error({ incident }, "an incident had lost its escalation deadline; set again");
    await submit(
      createSubmission({
        key: `audit:INC-${incident}:${Math.floor(now / MINUTE_MS)}`,
        urgency: 0,
        at: now,
        body: { type: "incident", incident, command: { type: "escalation.audit" } },
      }),
    );
  }
  engine.observe({ step: "escalation.audited", repaired: lost.length });
  return lost.length;
}
