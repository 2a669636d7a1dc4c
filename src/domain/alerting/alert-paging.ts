import { alertSummary, type AlertChange } from "#domain/incident/alert.ts";
import { decideInTurn, type AlertsChanged, type Context, type DecisionStep } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationKey, escalationOf, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { pageFirstStep, requestAttention, restartPaging } from "#domain/paging/escalation.ts";
import { rearmUnanswered } from "#domain/paging/escalation-repair.ts";
import { recallTeams } from "#domain/paging/calls.ts";
import { requestTicketAtOnce } from "#domain/paging/ticket-request.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { highestPriority, isHigherPriority, isOpen, type Priority } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { resolveTeam } from "./routing.ts";

/** An alert that began to fire at a priority that pages. `known`: the incident had it before. */
type NewAlert = {
  readonly key: EscalationKey;
  readonly priority: Priority;
  readonly summary: string;
  readonly known: boolean;
};

/**
 * Whom a change of its alerts pages: the incident's own team when it opens or begins again, and the team of every alert
 * that joins, even when someone of another team has answered. A person who has answered is notified instead.
 */
export function pageForAlerts(
  now: Incident,
  { changes }: Pick<AlertsChanged, "changes">,
  ctx: Context,
  before: Incident,
): readonly Fact[] {
  const opened = before.alerts.total === 0 && before.lastEvent === 1;
  const triggeredAgain = !isOpen(before.status) && now.status === "triggered";
  const fired = newAlerts(now, changes, ctx);
  const steps: DecisionStep[] = [];
  if (opened || triggeredAgain) steps.push((state, counting) => pageOwn(state, changes, counting, before, opened));
  else steps.push((state, counting) => joinOwn(state, of(fired, null), counting, before));
  for (const key of new Set(fired.map((alert) => alert.key)))
    if (key !== null) steps.push((state, counting) => joinTeam(state, key, of(fired, key), counting, before));
  // The alerts of teams that had been called may fire on, though no news of them came.
  if (triggeredAgain) steps.push((state, counting) => recallTeams(state, counting));
  return decideInTurn(now, ctx, steps);
}

function newAlerts(incident: Incident, changes: readonly AlertChange[], { policy }: Context): readonly NewAlert[] {
  if (!isOpen(incident.status)) return [];
  const severalTeams = Object.keys(policy.teams).length > 1;
  return (
    changes
      .filter(({ alert }) => alert.status === "firing" && policy.priorities[alert.priority].page !== "none")
      // Most news is that something fires on: with one team that calls no one.
      .filter((change) => change.kind === "fired" || hasBegunToPage(change, policy) || severalTeams)
      .map((change) => ({ ...change, key: escalationKey(incident, resolveTeam(policy, change.alert.labels).team) }))
      .filter(
        (change) =>
          change.kind === "fired" ||
          hasBegunToPage(change, policy) ||
          (change.kind !== "ignored" && isUncalled(incident, change.key)),
      )
      .map((change) => ({
        key: change.key,
        priority: change.alert.priority,
        summary: oneLine(alertSummary(change.alert), 120),
        known: change.alert.incident === incident.number && !hasBegunToPage(change, policy),
      }))
  );
}

/** Its priority paged no one so far: for the people who were paged before it is as new as one that begins to fire. */
function hasBegunToPage({ kind, roseFrom }: AlertChange, { priorities }: Policy): boolean {
  return kind !== "ignored" && roseFrom !== undefined && priorities[roseFrom].page === "none";
}

/** Another team that no one has called: an alert of it that fires on has become one that pages. */
function isUncalled(incident: Incident, key: EscalationKey): boolean {
  const escalation = escalationOf(incident, key);
  return key !== null && (escalation === null || (escalation.next === null && escalation.answered === null));
}

function of(alerts: readonly NewAlert[], key: EscalationKey): readonly NewAlert[] {
  return alerts.filter((alert) => alert.key === key);
}

/** The first page of an opened or re-opened incident. */
function pageOwn(
  now: Incident,
  changes: readonly AlertChange[],
  ctx: Context,
  before: Incident,
  opened: boolean,
): readonly Fact[] {
  // It re-opened at a higher level, and its rise has seen to the page.
  if (now.pages.length > before.pages.length || now.escalation.next !== null) return [];
  const begun = changes.filter(({ kind }) => kind === "fired" || kind === "flapped");
  if (!opened && begun.length === 0) return rearmUnanswered(now, ctx);
  const flapping = !opened && begun.every(({ alert }) => alert.incident === now.number);
  return [
    ...pageFirstStep(now, opened ? `opened as ${now.priority}` : "an alert fires again", ctx, flapping),
    ...requestTicketAtOnce(now),
  ];
}

/** Alerts of the incident's own team join it. */
function joinOwn(now: Incident, joined: readonly NewAlert[], ctx: Context, before: Incident): readonly Fact[] {
  const [first] = joined;
  // Its rise has seen to the page, or the search for someone is on.
  if (
    first === undefined ||
    now.plan.page === "none" ||
    now.pages.length > before.pages.length ||
    now.escalation.next !== null
  )
    return [];
  const reason = summaries(joined);
  if (now.status === "mitigated")
    return decideInTurn(now, ctx, [
      () => [{ type: "mitigation.revoked", data: { reason } }],
      (state, counting) =>
        pageFirstStep(
          state,
          reason,
          counting,
          joined.every(({ known }) => known),
        ),
    ]);
  if (now.escalation.answered === null) return pageFirstStep(now, reason, ctx);
  const unknown = joined.filter(({ known }) => !known);
  return unknown.length === 0 ? [] : requestAttention(now, null, summaries(unknown), ctx);
}

/** Alerts of another team join. */
function joinTeam(
  now: Incident,
  team: string,
  joined: readonly NewAlert[],
  ctx: Context,
  before: Incident,
): readonly Fact[] {
  const escalation = escalationOf(now, team);
  const reason = summaries(joined);
  // A person set a priority that pages no one; the team is called when it rises.
  if (now.plan.page === "none")
    return escalation === null ? [{ type: "escalation.started", data: { team, reason, alerts: true } }] : [];
  const revoked: Fact[] =
    before.status === "mitigated" && now.status === "mitigated"
      ? [{ type: "mitigation.revoked", data: { reason, team } }]
      : [];
  if (escalation === null || revoked.length > 0 || (escalation.next === null && escalation.answered === null))
    return decideInTurn(now, ctx, [
      () => [...revoked, { type: "escalation.started", data: { team, reason, alerts: true } }],
      (state, counting) =>
        pageFirstStep(
          state,
          reason,
          counting,
          joined.every(({ known }) => known),
          team,
        ),
    ]);
  if (escalation.next === null) {
    const unknown = joined.filter(({ known }) => !known);
    return unknown.length === 0 ? [] : requestAttention(now, team, summaries(unknown), ctx);
  }
  // Called already, and no one has answered: what is worse than what they were paged for pages them again.
  const worst = highestPriority(joined.map(({ priority }) => priority))!;
  const paged = now.pages.findLast((page) => page.team === team)?.priority;
  return paged !== undefined && isHigherPriority(worst, paged) ? restartPaging(now, reason, ctx, team) : [];
}

function summaries(alerts: readonly NewAlert[]): string {
  return alerts.length === 1 ? alerts[0]!.summary : `${alerts.length} alerts, among them ${alerts[0]!.summary}`;
}
