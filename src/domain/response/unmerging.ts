import { withQuietPlan } from "#domain/alerting/auto-resolve.ts";
import { endQuietTeams } from "#domain/alerting/team-ends.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { isPageOpen } from "#domain/events/state-changes.ts";
import { countAlerts, type Alert } from "#domain/incident/alert.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident, Page, TakenIn } from "#domain/incident/incident.ts";
import {
  escalationKey,
  escalationOf,
  escalationOfPage,
  listEscalations,
  type EscalationKey,
} from "#domain/incident/team-escalation.ts";
import { restateNext } from "#domain/paging/next-step.ts";
import { highestPriority, incidentId, isHigherPriority, type Instant, type Priority } from "#domain/values/language.ts";
import { finishedElsewhere } from "./carried-work.ts";
import { carryPage, combineEscalations, isActive, mayBeCarried, settleEscalation } from "./carried-parts.ts";
import { mergeRiseReason } from "./merging.ts";
import { reopenEndedPages } from "./reopened-pages.ts";

/** What it means that an incident takes its alerts back: for that one, and for the one that went on. */
type UnmergeDecisions = { readonly returning: readonly Fact[]; readonly leaving: readonly Fact[] };

/**
 * An incident takes back what it gave to `mergeTarget`: its alerts, its pages as they are by now, and the search for its
 * teams from where it is. What only the merge brought there goes with them.
 *
 * @param undone the incident, which is itself again
 * @param given its alerts, as they are now
 */
export function unmergeAlerts(
  mergeTarget: Incident,
  undone: Incident,
  given: readonly Alert[],
  ctx: Context,
): UnmergeDecisions {
  const { number } = undone;
  const alerts = countAlerts(given);
  const left = without(given, ctx);
  const entry = mergeTarget.takenIn.find(({ from }) => from === number);
  const teams = entry === undefined ? [] : leavingTeams(mergeTarget, undone, entry, given, left);
  const pages = mergeTarget.pages.filter(
    (page) =>
      page.carriedTo === undefined &&
      (entry?.pages.includes(page.key) === true ||
        (page.team !== undefined && teams.includes(page.team) && mayBeCarried(page))),
  );
  const keys = pages.map(({ key }) => key);
  const lowered = entry === undefined ? null : lowerAgain(mergeTarget, entry, left);
  const search = entry === undefined ? null : searchBefore(mergeTarget, entry, keys, left);
  const mitigated = entry === undefined ? null : mitigatedBefore(mergeTarget, entry, search?.state ?? null, left);
  const returned: Fact = {
    type: "alerts.returned",
    data: {
      to: number,
      alerts,
      ...(keys.length === 0 ? {} : { pages: keys }),
      ...(teams.length === 0 ? {} : { teams: [...teams] }),
      ...(search === null ? {} : { search }),
      ...(mitigated === null ? {} : { mitigated }),
    },
  };
  const leaving = decideInTurn(mergeTarget, ctx, [
    () => (lowered === null ? [] : [lowered]),
    (now, counting) => withQuietPlan(now, returned, counting),
    (now, counting) => endQuietTeams(now, { changes: [] }, without(given, counting)),
    (now, counting) => (lowered === null ? [] : restateNext(now, counting)),
  ]);
  return { returning: takeBack(mergeTarget, undone, { given, pages, teams }, ctx), leaving };
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

/** The other teams that only the merge brought, and that own nothing which fires on there. */
function leavingTeams(
  { number, teamEscalations, takenIn }: Incident,
  undone: Incident,
  entry: TakenIn,
  given: readonly Alert[],
  { policy, firingAlerts }: Context,
): readonly string[] {
  const left = firingAlerts?.(number) ?? null;
  if (left === null) return [];
  const teamOf = ({ labels }: Alert): string | null => resolveTeam(policy, labels).team;
  const needed = new Set(left.map(teamOf));
  const came = new Set([...listEscalations(undone).map(([key]) => key ?? undone.route.team), ...given.map(teamOf)]);
  return Object.keys(teamEscalations).filter(
    (team) =>
      came.has(team) &&
      !entry.teams.includes(team) &&
      !needed.has(team) &&
      // Another that was merged later may have called the team.
      (takenIn.length === 1 || teamEscalations[team]!.ofAlerts === true),
  );
}

/** The priority that it had, or that what is left asks for; null when it stays: a person or an alert has set it since. */
function lowerAgain(
  { number, priority, priorityReason, takenIn }: Incident,
  { from, priority: brought, before }: TakenIn,
  { policy, firingAlerts }: Context,
): Fact | null {
  const left = firingAlerts?.(number) ?? null;
  if (left === null || brought === undefined || priority !== brought) return null;
  if (priorityReason !== mergeRiseReason({ number: from, priority: brought })) return null;
  const others = takenIn.filter((each) => each.from !== from).flatMap((each) => each.priority ?? []);
  const raises = (each: Priority): boolean => isHigherPriority(each, before.pinned?.ceiling ?? before.priority);
  const raised = highestPriority([...left.map((alert) => alert.priority), ...others].filter(raises));
  const to = raised ?? before.priority;
  if (!isHigherPriority(priority, to)) return null;
  const reason = raised === null ? before.priorityReason : `${incidentId(from)} is an incident of its own again`;
  const peak = isHigherPriority(to, before.peak) ? to : before.peak;
  return {
    type: "priority.changed",
    data: {
      from: priority,
      to,
      reason,
      pin: raised === null ? before.pinned : null,
      unmapped: before.unmapped,
      plan: policy.priorities[to],
      peak,
    },
  };
}

/** The answer of the own team that the merge had taken, when nothing is left that it was not given for. */
function searchBefore(
  { number, status, priority, escalation, pages }: Incident,
  { at, before, priority: brought }: TakenIn,
  gone: readonly string[],
  { firingAlerts }: Context,
): { readonly state: EscalationState; readonly ends: string[] } | null {
  const { answered, next } = before.escalation;
  const isNew = (firingAlerts?.(number) ?? []).some(({ startsAt }) => startsAt > at);
  const isRisen = priority !== before.priority && priority !== brought;
  if (answered === null || next !== null || escalation.answered !== null || isNew || isRisen || status === "triggered")
    return null;
  const ends = pages.filter(
    (page) =>
      escalationOfPage(page) === null &&
      page.requestedAt >= at &&
      !gone.includes(page.key) &&
      isPageOpen(page) &&
      isHigherPriority(page.priority, before.priority),
  );
  return { state: before.escalation, ends: ends.map(({ key }) => key) };
}

/**
 * Since when it was mitigated, when the merge had revoked that and nothing is left there which is newer than the mitigation:
 * no alert, and nothing that was merged since. null: it stays as it is.
 *
 * @param search of its own team, where that is as before the merge again
 */
function mitigatedBefore(
  { number, status, escalation, takenIn }: Incident,
  { from, mitigatedAt }: TakenIn,
  search: EscalationState | null,
  { firingAlerts }: Context,
): Instant | null {
  const left = firingAlerts?.(number) ?? null;
  const { answered, next } = search ?? escalation;
  if (mitigatedAt === undefined || left === null || status !== "acknowledged" || answered === null || next !== null)
    return null;
  const isNew =
    left.some(({ startsAt, firstSeenAt }) => Math.max(startsAt, firstSeenAt) > mitigatedAt) ||
    takenIn.some((other) => other.from !== from && other.at >= mitigatedAt);
  return isNew ? null : mitigatedAt;
}

/** What comes back with the alerts, and is paged again: alarms that ended with the one that went on. */
function takeBack(
  mergeTarget: Incident,
  undone: Incident,
  {
    given,
    pages,
    teams,
  }: { readonly given: readonly Alert[]; readonly pages: readonly Page[]; readonly teams: readonly string[] },
  ctx: Context,
): readonly Fact[] {
  const absorbed: Fact = {
    type: "alerts.absorbed",
    data: { from: mergeTarget.number, alerts: countAlerts(given), back: true },
  };
  const back = pages.map((page) => carryPage(page, mergeTarget, undone));
  const keys = new Set([
    ...listEscalations(undone).map(([key]) => key),
    ...teams.map((team) => escalationKey(undone, team)),
  ]);
  const escalations = [...keys].flatMap((key) => {
    const state = searchAfter(mergeTarget, undone, key, back, ctx);
    return state === null ? [] : [{ ...(key === null ? {} : { team: key }), state }];
  });
  const own = escalations.find(({ team }) => team === undefined)?.state;
  const has = own?.next === null && undone.status === "triggered" ? own.answered : null;
  const acknowledged = has === null ? {} : { acknowledged: has.by };
  const carried: Fact = {
    type: "pages.carried",
    data: { from: mergeTarget.number, pages: back, escalations, back: true, ...acknowledged },
  };
  const reason = `${incidentId(undone.number)} is an incident of its own again`;
  return decideInTurn(undone, ctx, [
    () => [absorbed, ...(back.length === 0 && escalations.length === 0 ? [] : [carried])],
    (now) => finishedElsewhere(now, mergeTarget),
    (now, counting) => reopenEndedPages(now, back, reason, { ...counting, firingAlerts: () => firing(given) }),
  ]);
}

function firing(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.filter(({ status }) => status === "firing");
}

/** How far the search for a team is, after what was done for it in the one that went on; null: as it was before the merge. */
function searchAfter(
  mergeTarget: Incident,
  undone: Incident,
  key: EscalationKey,
  back: readonly Page[],
  ctx: Context,
): EscalationState | null {
  // Who was looked for in place of a team that it does not have is no one of it.
  if (key === null && undone.route.team === null && mergeTarget.route.team !== null) return null;
  const restored = escalationOf(undone, key);
  const there = escalationOf(mergeTarget, escalationKey(mergeTarget, key ?? undone.route.team));
  if (restored?.answered != null || !isActive(there)) return null;
  const isAnswered = back.some(
    (page) => escalationOfPage(page) === key && page.acknowledgedAt !== null && page.status !== "expired",
  );
  if (isAnswered && there.answered !== null) return { ...there, next: null, rounds: 0, unseenSince: null };
  if (there.next === null) return null;
  const coming = { ...there, answered: null, unseenSince: null };
  return settleEscalation(undone, key, combineEscalations(restored, coming), ctx);
}
