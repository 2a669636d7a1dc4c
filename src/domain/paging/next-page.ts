import type { Context } from "#domain/events/decision.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { changeEscalation, listEscalations, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { findNextStep, type NextStep, type StepContext } from "./next-step.ts";

/**
 * The step that an escalation takes when its deadline comes, at `when`; null: none has anyone, or all were paged. What is
 * new and unseen is paged from the first step.
 */
export function upcomingStep(
  incident: Incident,
  [key, { step, unseenSince }]: ReturnType<typeof listEscalations>[number],
  ctx: StepContext,
  when: number,
): NextStep | null {
  return findNextStep(incident, key, unseenSince === null ? step : 0, ctx, when);
}

/**
 * The incident as people read it: who is paged next by the policy, the shifts and the overrides as they are now. What is
 * stored of that is what was true when the deadline was set.
 */
export function resolveNextPages(incident: Incident, ctx: StepContext & Pick<Context, "now">): Incident {
  return listEscalations(incident).reduce((before, each) => {
    const [key, { next, step, unseenSince }] = each;
    if (next === null) return before;
    const coming = upcomingStep(incident, each, ctx, Math.max(next.at, ctx.now));
    const none = step === 0 || unseenSince !== null ? NO_ONE_ON_CALL : NO_STEP_LEFT;
    return named(before, key, coming === null ? none : coming.step.to);
  }, incident);
}

function named(incident: Incident, key: EscalationKey, to: string): Incident {
  return changeEscalation(incident, key, (escalation) =>
    escalation.next === null || escalation.next.to === to
      ? escalation
      : { ...escalation, next: { ...escalation.next, to } },
  );
}
