import { planAutoResolve } from "#domain/alerting/auto-resolve.ts";
import { acceptDecision, applyFacts, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import { raisePriority } from "#domain/alerting/priority-rise.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { AlertCounts, Incident } from "#domain/incident/incident.ts";
import { incidentId, isHigherPriority, isOpen } from "#domain/values/language.ts";

/** What merging means for the one that ends and for the one that goes on. */
type MergeDecisions = { readonly ending: Decision; readonly going: readonly Fact[] };

/** What merging means for both: the one that ends and the one that goes on. */
export function mergeIncident(
  incident: Incident,
  mergeTarget: Incident | null,
  targetNumber: number,
  ctx: Context,
): MergeDecisions {
  const no = (text: string) => ({ ending: refuseDecision(text), going: [] });
  const id = incidentId(incident.number);
  if (targetNumber === incident.number) return no(`${id} cannot be merged into itself.`);
  if (mergeTarget === null) return no(`There is no ${incidentId(targetNumber)}.`);
  if (!isOpen(incident.status)) return no(`${id} is ${incident.status}.`);
  if (!isOpen(mergeTarget.status))
    return no(`${incidentId(targetNumber)} is ${mergeTarget.status}: merge into one that is open, or \`reopen\` it.`);
  if (mergeTarget.private && !incident.private)
    return no(`${incidentId(targetNumber)} cannot take in an incident that everybody sees.`);
  if (mergeTarget.drill !== incident.drill) return no("One of them is a drill and the other is not.");
  const { alerts, priority } = incident;
  const targetFacts = settled(mergeTarget, { type: "alerts.absorbed", data: { from: incident.number, alerts } }, ctx);
  // Its pages end with the merge, so the target pages for the higher priority.
  const worse = isHigherPriority(priority, mergeTarget.pinned?.ceiling ?? mergeTarget.priority);
  const raised = worse
    ? raisePriority(
        applyFacts(mergeTarget, targetFacts, ctx),
        priority,
        `${id}, a ${priority}, was merged into it`,
        ctx,
      )
    : [];
  return {
    ending: acceptDecision([{ type: "incident.merged", data: { into: targetNumber, alerts } }]),
    going: [...targetFacts, ...raised],
  };
}

/** What it means for the one that went on that another takes its alerts back. */
export function unmergeAlerts(mergeTarget: Incident, to: number, alerts: AlertCounts, ctx: Context): readonly Fact[] {
  return settled(mergeTarget, { type: "alerts.returned", data: { to, alerts } }, ctx);
}

/** Other alerts than before: it may be quiet now, or no longer. */
function settled(incident: Incident, fact: Fact, ctx: Context): readonly Fact[] {
  return [fact, ...planAutoResolve(applyFacts(incident, [fact], ctx), ctx)];
}
