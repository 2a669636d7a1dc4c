import { acceptDecision, decideInTurn, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { rearmUnanswered } from "#domain/paging/escalation-repair.ts";
import { incidentId, isOpen } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";

/** It had not ended. The author has seen it, so no one is paged for that alone; the escalation continues without an answer. */
export function reopenIncident(incident: Incident, reason: string | null, ctx: Context): Decision {
  const id = incidentId(incident.number);
  if (isOpen(incident.status)) return refuseDecision(`${id} is open: it is ${incident.status}.`);
  if (incident.status === "merged")
    return refuseDecision(
      `${id} was merged into ${incidentId(incident.mergedInto!)}. \`unmerge\` makes it an incident of its own again.`,
    );
  const cause = oneLine(reason ?? "", 500);
  const reopened: Fact = {
    type: "incident.reopened",
    data: { status: "acknowledged", reason: cause === "" ? `${ctx.actor.name} says that it is not over` : cause },
  };
  // The author has it for their team; other teams that had not answered have to, as before.
  return acceptDecision(decideInTurn(incident, ctx, [() => [reopened], rearmUnanswered]));
}

/** Nothing more will be done. */
export function closeIncident(incident: Incident, { actor }: Context): Decision {
  const id = incidentId(incident.number);
  if (incident.status === "closed") return refuseDecision(`${id} is closed already.`);
  if (incident.status !== "resolved")
    return refuseDecision(`${id} is ${incident.status}: resolve it first, or \`cancel REASON\` when it never was one.`);
  return acceptDecision([{ type: "incident.closed", data: { by: { id: actor.id, name: actor.name } } }]);
}

/** It never was an incident: alerts of it that still fire are silenced until they resolve. */
export function cancelIncident(incident: Incident, reason: string): Decision {
  if (!isOpen(incident.status)) return refuseDecision(`${incidentId(incident.number)} is ${incident.status}.`);
  const cause = oneLine(reason, 500);
  const { firing } = incident.alerts;
  return cause === ""
    ? refuseDecision("Add why it is no incident.")
    : acceptDecision([
        { type: "incident.canceled", data: { reason: cause, ...(firing > 0 ? { silences: firing } : {}) } },
      ]);
}
