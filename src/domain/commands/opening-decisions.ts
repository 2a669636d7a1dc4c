import { decideAlertsChanged } from "#domain/alerting/alert-changes.ts";
import { declareIncident, openIncident, type IncidentSeed } from "#domain/alerting/opening.ts";
import {
  acceptDecision,
  applyFacts,
  refuseDecision,
  type AlertsChanged,
  type Context,
  type Decision,
} from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Declaration } from "#domain/incident/declaration.ts";
import { pageFirstStep, requestTicketAtOnce } from "#domain/paging/escalation.ts";
import { oneLine } from "#domain/values/text.ts";

/** Opens an incident for alerts that belong to none, and takes the alerts in. */
export function decideOpening(seed: IncidentSeed, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const opened = openIncident(seed, ctx);
  const incident = applyFacts(null, opened, ctx);
  return [...opened, ...decideAlertsChanged(incident, command, ctx)];
}

/** Opens an incident for a person: routed, announced and paged like one that an alert opens. `id` tells declarations apart. */
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
