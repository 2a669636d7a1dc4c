import type { Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { listEscalations } from "#domain/incident/team-escalation.ts";
import { NO_ONE_ON_CALL, NO_STEP_LEFT } from "#domain/incident/escalation-state.ts";
import { findNextStep } from "./next-step.ts";

/** Another plan may give the step that is due other people: who is next is said again, and the time stays. */
export function restateNext(incident: Incident, ctx: Context): readonly Fact[] {
  if (incident.plan.page === "none") return [];
  return listEscalations(incident).flatMap(([key, { next, step }]): Fact[] => {
    if (next === null || next.to === NO_ONE_ON_CALL) return [];
    const to = findNextStep(incident, key, step, ctx, next.at)?.step.to ?? NO_STEP_LEFT;
    if (to === next.to) return [];
    return [{ type: "escalation.armed", data: { step, to, due: next.at, ...(key === null ? {} : { team: key }) } }];
  });
}
