import { withoutDeadline } from "#db/incidents.ts";
import { OVERDUE_MS, stalled } from "#domain/escalation.ts";
import { forgotten } from "#domain/expiry.ts";
import { MUSTER } from "#domain/language.ts";
import type { Engine } from "./engine.ts";
import type { Submit } from "./submit.ts";

/**
 * Looks for incidents that nobody has acknowledged and that nothing will wake anybody for: a deadline that was lost, by
 * whatever fault. Each gets its ladder back, and the metrics and the log say that it was needed.
 */
export async function audit(engine: Engine, submit: Submit): Promise<number> {
  const now = engine.clock();
  const lost = (await withoutDeadline(engine.connection.db, now - OVERDUE_MS))
    .filter(({ state }) => stalled(state, now) || forgotten(state, now))
    .map(({ state }) => state.number);
  for (const incident of lost) {
    engine.log.error({ incident }, "an incident had no deadline for its escalation and gets one");
    await submit({
      key: `audit:INC-${incident}:${Math.floor(now / 60_000)}`,
      urgency: 0,
      weight: 1,
      actor: MUSTER,
      at: now,
      replyTo: null,
      evidence: null,
      body: { type: "incident", incident, command: { type: "escalation.audit" } },
    });
  }
  engine.observe({ step: "escalation.audited", repaired: lost.length });
  return lost.length;
}
