import { planAutoResolve } from "#domain/alerting/auto-resolve.ts";
import {
  acceptDecision,
  applyFacts,
  decideInTurn,
  refuseDecision,
  type Context,
  type Decision,
} from "#domain/events/decision.ts";
import { raisePriority } from "#domain/alerting/priority-rise.ts";
import { endQuietTeams } from "#domain/alerting/team-ends.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import { countAlerts, type Alert } from "#domain/incident/alert.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationKey, escalationOf, listEscalations } from "#domain/incident/team-escalation.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { callTeam } from "#domain/paging/calls.ts";
import { pageFirstStep } from "#domain/paging/escalation.ts";
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
  // Its pages end with the merge, so the target pages for the higher priority, and each team that is needed there.
  const worse = isHigherPriority(priority, mergeTarget.pinned?.ceiling ?? mergeTarget.priority);
  const going = decideInTurn(mergeTarget, ctx, [
    (now, counting) => settled(now, { type: "alerts.absorbed", data: { from: incident.number, alerts } }, counting),
    (now, counting) =>
      worse ? raisePriority(now, priority, `${id}, a ${priority}, was merged into it`, counting) : [],
    ...listEscalations(incident).map(
      ([key, escalation]) =>
        (now: Incident, counting: Context) =>
          carryEscalation(now, incident, key ?? incident.route.team, escalation, counting),
    ),
    ...teamsOfAlerts(incident, ctx).map(
      (team) => (now: Incident, counting: Context) => needTeam(now, incident, team, counting),
    ),
  ]);
  return { ending: acceptDecision([{ type: "incident.merged", data: { into: targetNumber, alerts } }]), going };
}

/** A team that is needed in the one that ends is needed in the one that goes on: who has answered has, else it is paged there. */
function carryEscalation(
  into: Incident,
  from: Incident,
  team: string | null,
  { next, answered, ofAlerts }: EscalationState,
  ctx: Context,
): readonly Fact[] {
  const key = escalationKey(into, team);
  const there = escalationOf(into, key);
  if (from.plan.page === "none" || (there !== null && (there.next !== null || there.answered !== null))) return [];
  const pages = into.plan.page !== "none";
  const reason = `${incidentId(from.number)} was merged into it`;
  if (key === null) return pages ? pageFirstStep(into, reason, ctx) : [];
  // The own team of one that alerts opened was called by its alerts.
  const isOfAlerts = ofAlerts === true || (team === from.route.team && from.declaredBy === null);
  const cause = isOfAlerts ? ({ alerts: true } as const) : {};
  if (pages && answered !== null && next === null)
    return [{ type: "escalation.started", data: { team: key, reason, answered: answered.by, ...cause } }];
  return next === null && from.alerts.firing === 0 ? [] : callOnceItPages(into, key, reason, ctx, cause);
}

/**
 * The teams that own an alert of the incident which fires at a priority that pages. Whatever the incident's own priority
 * was, a person's choice for it alone: the one that goes on pages for what fires in it.
 */
function teamsOfAlerts({ number }: Incident, { policy, firingAlerts }: Context): readonly (string | null)[] {
  const paging = (firingAlerts?.(number) ?? []).filter(({ priority }) => policy.priorities[priority].page !== "none");
  return [...new Set(paging.map(({ labels }) => resolveTeam(policy, labels).team))];
}

/** A team owns an alert that comes along: it is called, unless it is looked for there or has answered. */
function needTeam(into: Incident, from: Incident, team: string | null, ctx: Context): readonly Fact[] {
  const key = escalationKey(into, team);
  const there = escalationOf(into, key);
  if (there !== null && (there.next !== null || there.answered !== null)) return [];
  return callOnceItPages(into, key, `${incidentId(from.number)} was merged into it`, ctx, { alerts: true });
}

/** Calls a team; in an incident that a person gave a priority which pages no one, as soon as that rises. */
function callOnceItPages(
  into: Incident,
  key: string | null,
  reason: string,
  ctx: Context,
  cause: { readonly alerts?: true },
): readonly Fact[] {
  if (into.plan.page !== "none") return callTeam(into, key, reason, ctx, cause);
  return key === null || escalationOf(into, key) !== null
    ? []
    : [{ type: "escalation.started", data: { team: key, reason, ...cause } }];
}

/** What it means that an incident takes its alerts back: for that one, and for the one that went on. */
type UnmergeDecisions = { readonly returning: Fact; readonly leaving: readonly Fact[] };

/**
 * An incident takes back the alerts that it gave to `mergeTarget`. A team that came along with them is not looked for there
 * any longer: it is in the one that it came from. `given`: those alerts, as they are now.
 */
export function unmergeAlerts(
  mergeTarget: Incident,
  to: number,
  given: readonly Alert[],
  ctx: Context,
): UnmergeDecisions {
  const alerts = countAlerts(given);
  const leaving = decideInTurn(mergeTarget, ctx, [
    (now, counting) => settled(now, { type: "alerts.returned", data: { to, alerts } }, counting),
    (now, counting) => endQuietTeams(now, { changes: [] }, without(given, counting)),
  ]);
  return {
    returning: { type: "alerts.absorbed", data: { from: mergeTarget.number, alerts, back: true } },
    leaving,
  };
}

/** What is known when these alerts are no longer part of the incident that is asked about. */
function without(given: readonly Alert[], { firingAlerts, ...ctx }: Context): Context {
  if (firingAlerts === undefined) return ctx;
  const gone = new Set(given.map(({ source, fingerprint }) => `${source} ${fingerprint}`));
  return {
    ...ctx,
    firingAlerts: (number) =>
      firingAlerts(number)?.filter(({ source, fingerprint }) => !gone.has(`${source} ${fingerprint}`)) ?? null,
  };
}

/** Other alerts than before: it may be quiet now, or no longer. */
function settled(incident: Incident, fact: Fact, ctx: Context): readonly Fact[] {
  return [fact, ...planAutoResolve(applyFacts(incident, [fact], ctx), ctx)];
}
