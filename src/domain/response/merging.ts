import { withQuietPlan } from "#domain/alerting/auto-resolve.ts";
import {
  acceptDecision,
  decideInTurn,
  refuseDecision,
  type Context,
  type Decision,
  type DecisionStep,
} from "#domain/events/decision.ts";
import { priorityRise } from "#domain/alerting/priority-rise.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationKey, escalationOf, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { pageAgain, pageUnreached } from "#domain/paging/escalation.ts";
import { acknowledgeTeam } from "#domain/paging/page-answers.ts";
import { requestTicketAtOnce } from "#domain/paging/ticket-request.ts";
import { incidentId, isHigherPriority, isOpen, type Instant } from "#domain/values/language.ts";
import { carryWork } from "./carried-work.ts";
import { carryParts, comingEscalations, isActive, mayBeCarried, reachedPeople } from "./carried-parts.ts";
import { isSamePerson } from "#domain/policy/people.ts";

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
  const { alerts } = incident;
  const going = decideInTurn(mergeTarget, ctx, takeIn(incident, mergeTarget, ctx));
  const carried = incident.pages.filter(mayBeCarried).map(({ key }) => key);
  return {
    ending: acceptDecision([{ type: "incident.merged", data: { into: targetNumber, alerts, carried } }]),
    going,
  };
}

/**
 * What the one that goes on makes of another, in turn. Its pages and its answers come along, so that only those are paged
 * whom no page of the other has reached: for the higher priority, and for teams that no one looked for.
 */
function takeIn(from: Incident, into: Incident, ctx: Context): readonly DecisionStep[] {
  const { number, alerts, priority, status } = from;
  const reason = `${incidentId(number)} was merged into it`;
  const worse = isHigherPriority(priority, into.pinned?.ceiling ?? into.priority);
  const coming = comingEscalations(from, into);
  const pages = from.pages.filter(mayBeCarried);
  return [
    (now, counting) =>
      withQuietPlan(now, { type: "alerts.absorbed", data: { from: number, alerts, priority } }, counting),
    (now) => (status === "mitigated" ? [] : revokeMitigation(now, from, coming, reason)),
    (now, { policy }) => (worse ? [priorityRise(now, priority, mergeRiseReason(from), policy)] : []),
    (now, counting) => carryAlong(now, from, counting),
    (now, counting) => (worse ? pageForRise(now, coming, reachedPeople(now, pages), counting) : []),
    (now) => carryWork(from, now),
    (now) => (worse ? requestTicketAtOnce(now) : []),
    (now, counting) => needOwnTeam(now, from, reason, reachedPeople(now, pages), counting),
    ...teamsOfAlerts(from, ctx).map(
      (team): DecisionStep =>
        (now, counting) =>
          needTeam(now, reason, team, counting),
    ),
    ...coming.map(
      ([key, escalation]): DecisionStep =>
        (now, counting) =>
          answerAsMerger(now, key, [escalation, escalationOf(into, key)], counting),
    ),
  ];
}

/** Why an incident is as urgent as one that was merged into it. */
export function mergeRiseReason({ number, priority }: Pick<Incident, "number" | "priority">): string {
  return `${incidentId(number)}, a ${priority}, was merged into it`;
}

/** What fires is news for an incident that is mitigated, unless it is mitigated too. */
function revokeMitigation(
  into: Incident,
  { number, alerts, plan }: Incident,
  coming: ReturnType<typeof comingEscalations>,
  reason: string,
): readonly Fact[] {
  if (into.status !== "mitigated" || alerts.firing === 0 || plan.page === "none") return [];
  const keys = coming.map(([key]) => key);
  const [team] = keys.includes(null) ? [] : keys;
  return [{ type: "mitigation.revoked", data: { reason, merged: number, ...(team == null ? {} : { team }) } }];
}

/**
 * Pages and escalations come along. When no one has the target, the answer for the own team of the other one comes
 * along too.
 */
function carryAlong(into: Incident, from: Incident, ctx: Context): readonly Fact[] {
  const { pages, escalations } = carryParts(from, into, ctx);
  if (pages.length === 0 && escalations.length === 0) return [];
  const own = escalations.find(({ team }) => team === undefined)?.state;
  const has = own !== undefined && own.next === null && into.status === "triggered" ? own.answered : null;
  const acknowledged = has === null ? {} : { acknowledged: has.by };
  return [
    { type: "pages.carried", data: { from: from.number, pages, escalations: [...escalations], ...acknowledged } },
  ];
}

/**
 * The one that goes on has risen. Its own team is paged for that, but for people whom the news has reached already, unless
 * it was looked for in the other one; so is each other team that was needed while the priority paged no one.
 */
function pageForRise(
  risen: Incident,
  coming: ReturnType<typeof comingEscalations>,
  reached: ReadonlyMap<string, Instant>,
  ctx: Context,
): readonly Fact[] {
  if (risen.plan.page === "none") return [];
  const reason = risen.priorityReason;
  const others = Object.keys(risen.teamEscalations).filter((team) => !isActive(escalationOf(risen, team)));
  return decideInTurn(risen, ctx, [
    (now, counting) => (coming.some(([key]) => key === null) ? [] : pageUnreached(now, reason, reached, counting)),
    ...others.map(
      (team): DecisionStep =>
        (now, counting) =>
          pageAgain(now, reason, counting, team),
    ),
  ]);
}

/**
 * The teams that own an alert of the incident which fires at a priority that pages. Whatever the incident's own priority
 * was, a person's choice for it alone: the one that goes on pages for what fires in it.
 */
function teamsOfAlerts({ number }: Incident, { policy, firingAlerts }: Context): readonly (string | null)[] {
  const paging = (firingAlerts?.(number) ?? []).filter(({ priority }) => policy.priorities[priority].page !== "none");
  return [...new Set(paging.map(({ labels }) => resolveTeam(policy, labels).team))];
}

/**
 * A team owns an alert that comes along: it is called, unless it is looked for there or has answered, or a page that came
 * along is out; in an incident that a person gave a priority which pages no one, as soon as that rises.
 */
function needTeam(into: Incident, reason: string, team: string | null, ctx: Context): readonly Fact[] {
  const key = escalationKey(into, team);
  const there = escalationOf(into, key);
  if (isActive(there)) return [];
  const pages = into.plan.page !== "none";
  const started: Fact = {
    type: "escalation.started",
    data: { reason, alerts: true, ...(key === null ? {} : { team: key }) },
  };
  if (!pages) return key === null || there !== null ? [] : [started];
  return decideInTurn(into, ctx, [() => [started], (now, counting) => pageAgain(now, reason, counting, key)]);
}

/** Someone was looked for in an incident without a team: in the one that goes on that is its own team, unless it is already. */
function needOwnTeam(
  into: Incident,
  { escalation, route, status }: Incident,
  reason: string,
  reached: ReadonlyMap<string, Instant>,
  ctx: Context,
): readonly Fact[] {
  const isNeeded = route.team === null && isActive(escalation) && status !== "mitigated";
  return isNeeded && !isActive(into.escalation) && into.plan.page !== "none"
    ? pageUnreached(into, reason, reached, ctx)
    : [];
}

/** The person who merges, and had answered for a team in one of the two, has seen both: they have it for both. */
function answerAsMerger(
  now: Incident,
  key: EscalationKey,
  before: readonly (EscalationState | null)[],
  { actor, policy }: Context,
): readonly Fact[] {
  const hasIt = before.some((each) => isSamePerson(policy, each?.answered?.by, actor));
  const isSearched = (escalationOf(now, key)?.next ?? null) !== null;
  return hasIt && isSearched && actor.kind === "person" ? [acknowledgeTeam(now, key)] : [];
}
