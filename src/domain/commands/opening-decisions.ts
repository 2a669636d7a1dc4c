import { declareIncident } from "#domain/alerting/opening.ts";
import { acceptDecision, applyFacts, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import { pageFirstStep } from "#domain/paging/escalation.ts";
import { requestTicketAtOnce } from "#domain/paging/ticket-request.ts";
import { oneLine } from "#domain/values/text.ts";

/**
 * Opens an incident for a person: routed, announced and paged like one that an alert opens. `id` separates
 * declarations.
 */
export function decideDeclaration(number: number, declaration: Declaration, id: string, ctx: Context): Decision {
  if (oneLine(declaration.title, 150) === "") return refuseDecision("An incident needs a title.");
  const opened = declareIncident(number, declaration, id, ctx);
  const incident = applyFacts(null, opened, ctx);
  return acceptDecision([
    ...opened,
    ...(declaration.page ? pageFirstStep(incident, `declared as ${incident.priority} by ${ctx.actor.name}`, ctx) : []),
    ...requestTicketAtOnce(incident),
  ]);
}
