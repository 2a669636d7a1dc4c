import { countedNoun } from "#domain/events/wording.ts";
import { applyFacts, decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Alert } from "#domain/incident/alert.ts";
import type { Incident, AlertRecheck } from "#domain/incident/incident.ts";
import { callTeam } from "#domain/paging/calls.ts";
import { escalationKey, escalationOf } from "#domain/incident/team-escalation.ts";
import { restartPaging } from "#domain/paging/escalation.ts";
import { requestTicketAtOnce } from "#domain/paging/ticket-request.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { formatDuration, HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { highestPriority, isOpen, type Instant, type Person, type Priority } from "#domain/values/language.ts";
import { resolveTeam } from "./routing.ts";
import { findActiveSilence } from "./silence.ts";

// Alerts that fire and that no one answers for: an incident that someone ended nonetheless, or that old news re-opened.
// Nothing but the end of the alerts, or a person, ends the wait: the re-check pages.

/** Longest wait, in ms: Alertmanager's default repeat_interval. */
const LONGEST_RECHECK_MS = 4 * HOUR_MS;

/** Longest wait of what wakes people at once, in ms. */
const LONGEST_URGENT_RECHECK_MS = 30 * MINUTE_MS;

/** Shortest wait that is made of what was seen, in ms: peers of a cluster repeat an alert within minutes. */
const SHORTEST_SEEN_MS = 5 * MINUTE_MS;

/**
 * How long a stretch that was reported as resolved may be reported as firing before it counts, in ms: a peer that lags is
 * corrected within a group_interval, five minutes by default.
 */
const OLD_NEWS_MS = 10 * MINUTE_MS;

/**
 * How long to wait before a re-check, in ms: as the policy sets it, else the longest repeat interval of the alerts,
 * which the policy gives for their source or Muster has measured. P0 and P1 wait half an hour at most.
 */
export function recheckDelay(priority: Priority, alerts: readonly Alert[], policy: Policy): number {
  const longest = priority === "P0" || priority === "P1" ? LONGEST_URGENT_RECHECK_MS : LONGEST_RECHECK_MS;
  const usual = alerts.map((alert) => repeatInterval(alert, policy));
  const delay = policy.grouping.recheck ?? (usual.length === 0 ? LONGEST_RECHECK_MS : Math.max(...usual));
  return Math.min(delay, longest);
}

function repeatInterval({ source, repeats, firstSeenAt, lastSeenAt }: Alert, { sources }: Policy): number {
  if (Object.hasOwn(sources, source)) return sources[source]!.repeatInterval;
  const seen = repeats === 0 ? LONGEST_RECHECK_MS : (lastSeenAt - firstSeenAt) / repeats;
  return Math.min(LONGEST_RECHECK_MS, Math.max(SHORTEST_SEEN_MS, Math.round(seen)));
}

/** Facts that end an incident, with the re-check that they leave behind. */
export function endWithRecheck(incident: Incident, facts: readonly Fact[], ctx: Context): readonly Fact[] {
  return [...facts, ...armRecheck(applyFacts(incident, facts, ctx), ctx)];
}

/** What an end leaves behind: while alerts fire that nothing silences, a re-check. */
export function armRecheck(incident: Incident, ctx: Context): readonly Fact[] {
  const { status, alerts, recheck, falseAlarm } = incident;
  if (isOpen(status) || status === "merged" || alerts.firing === 0 || recheck !== null || falseAlarm !== null)
    return [];
  const { actor } = ctx;
  return [recheckFact(incident, actor.kind === "person" ? { id: actor.id, name: actor.name } : null, ctx)];
}

/** `since`: when the wait began; absent: now. `before`: when the first silence over what fires ends, which is not waited beyond. */
function recheckFact(
  incident: Incident,
  by: Person | null,
  ctx: Context,
  { since, before = Infinity }: { readonly since?: Instant; readonly before?: Instant } = {},
): Fact {
  const firing = ctx.firingAlerts?.(incident.number) ?? [];
  return {
    type: "recheck.armed",
    data: {
      due: Math.min(before, ctx.now + recheckDelay(incident.priority, firing, ctx.policy)),
      firing: incident.alerts.firing,
      by,
      ...(since === undefined ? {} : { since }),
    },
  };
}

/**
 * An incident is open again because a resolved stretch is reported as firing, and nothing would page anyone for it: when
 * that report stands, it is no old news.
 */
export function doubtOldNews(incident: Incident, ctx: Context): readonly Fact[] {
  const { status, plan, escalation, ackUntil, recheck, alerts } = incident;
  const unattended = status === "triggered" ? escalation.next === null : status === "acknowledged" && ackUntil === null;
  if (!unattended || plan.page === "none" || recheck !== null || alerts.firing === 0) return [];
  return [{ type: "recheck.armed", data: { due: ctx.now + OLD_NEWS_MS, firing: alerts.firing, by: null } }];
}

/** The re-check is due: what still fires and is not silenced gets its people back. */
export function recheckWhenDue(incident: Incident, due: Instant, ctx: Context): readonly Fact[] {
  const { recheck, status, alerts, number } = incident;
  if (recheck === null || recheck.at !== due || status === "merged" || alerts.firing === 0) return [];
  const firing = ctx.firingAlerts?.(number) ?? null;
  // The count of firing alerts was wrong: the rows are right.
  if (firing?.length === 0) return [];
  const silences = firing?.map(({ labels }) => findActiveSilence(ctx.policy, ctx.silences ?? [], labels, ctx.now));
  const unsilenced = firing?.filter((_, i) => silences![i] === null);
  if (unsilenced?.length === 0) {
    const ends = silences!.flatMap((silence) => (silence === null ? [] : [silence.until]));
    return [recheckFact(incident, recheck.by, ctx, { since: recheck.since, before: Math.min(...ends) })];
  }
  return isOpen(status)
    ? pageForOldNews(incident, recheck, unsilenced ?? null, ctx)
    : reopenStillFiring(incident, recheck, unsilenced ?? null, ctx);
}

/**
 * Whether a re-check was lost: alerts fire in an incident that ended, and nothing will look at them, or so late as no plan
 * asks for, since the clock was set back.
 */
export function isRecheckLost(incident: Incident, now: Instant, policy: Policy): boolean {
  const { status, recheck, falseAlarm } = incident;
  const isLate = recheck !== null && recheck.at - now > longestRecheck(incident, policy) + OVERDUE_MS;
  if (isOpen(status)) return isLate;
  if (status === "merged" || falseAlarm !== null) return false;
  return recheck === null || now - recheck.at > OVERDUE_MS || isLate;
}

/** The longest that a re-check of an incident may lie ahead, in ms. */
export function longestRecheck({ status, priority }: Incident, policy: Policy): number {
  return isOpen(status) ? OLD_NEWS_MS : recheckDelay(priority, [], policy);
}

/** ms after which a re-check that is due and was not made has been forgotten: many sweeps. */
const OVERDUE_MS = 2 * MINUTE_MS;

/** A lost re-check is made now when it is overdue, else armed. */
export function restoreRecheck(incident: Incident, ctx: Context): readonly Fact[] {
  if (!isRecheckLost(incident, ctx.now, ctx.policy)) return [];
  const { recheck, alerts } = incident;
  if (recheck === null) return armRecheck(incident, ctx);
  if (recheck.at <= ctx.now) return recheckWhenDue(incident, recheck.at, ctx);
  const since = Math.min(recheck.since, ctx.now);
  if (!isOpen(incident.status)) return [recheckFact(incident, recheck.by, ctx, { since })];
  return [
    { type: "recheck.armed", data: { due: ctx.now + OLD_NEWS_MS, firing: alerts.firing, by: recheck.by, since } },
  ];
}

/**
 * Opens it again, notifies the person who ended it first, and pages people from the first step. `unsilenced`: those
 * that fire and are not silenced; null: unknown.
 */
function reopenStillFiring(
  incident: Incident,
  { by, since }: AlertRecheck,
  unsilenced: readonly Alert[] | null,
  ctx: Context,
): readonly Fact[] {
  const count = unsilenced?.length ?? incident.alerts.firing;
  const still = `${countedNoun(count, "alert")} still ${count === 1 ? "fires" : "fire"}`;
  const ended = `${formatDuration(ctx.now - since)} after ${by === null ? "the incident ended" : `${by.name} ended the incident`}`;
  const reason = `${still} ${ended}`;
  const facts: Fact[] = [
    { type: "incident.reopened", data: { status: "triggered", reason, ...(by === null ? {} : { tell: by }) } },
  ];
  const lowered = lowerToFiring(incident, unsilenced ?? [], ctx);
  if (lowered !== null) facts.push(lowered);
  const after = applyFacts(incident, facts, ctx);
  const paging = after.plan.page === "none" ? [] : pageAllTeams(after, unsilenced, reason, ctx);
  return [...facts, ...paging, ...requestTicketAtOnce(after)];
}

/** Pages the incident's own team, and each other that owns an alert of `firing`; null: each that was called before. */
function pageAllTeams(
  incident: Incident,
  firing: readonly Alert[] | null,
  reason: string,
  ctx: Context,
): readonly Fact[] {
  const { policy } = ctx;
  const owners =
    firing === null
      ? Object.keys(incident.teamEscalations)
      : firing
          .filter(({ priority }) => policy.priorities[priority].page !== "none")
          .map(({ labels }) => escalationKey(incident, resolveTeam(policy, labels).team));
  return decideInTurn(incident, ctx, [
    (now, counting) => restartPaging(now, reason, counting),
    ...[...new Set(owners)].map(
      (team) => (now: Incident, counting: Context) =>
        team === null ? [] : callTeam(now, team, reason, counting, causeOf(now, team)),
    ),
  ]);
}

/** A team that no one had called is called by its alerts, and needed as long as they fire. */
function causeOf(incident: Incident, team: string): { readonly alerts?: true } {
  const escalation = escalationOf(incident, team);
  return escalation === null || escalation.ofAlerts === true ? { alerts: true } : {};
}

/** The priority of an incident of which only alerts are left that page no one; null when it stays. */
function lowerToFiring({ priority, plan }: Incident, unsilenced: readonly Alert[], { policy }: Context): Fact | null {
  const top = highestPriority(unsilenced.map((alert) => alert.priority));
  if (top === null || plan.page === "none" || policy.priorities[top].page !== "none") return null;
  return {
    type: "priority.changed",
    data: {
      from: priority,
      to: top,
      reason: "only alerts of this priority still fire",
      pin: null,
      unmapped: false,
      plan: policy.priorities[top],
    },
  };
}

/** What was taken for old news stands: people are paged from the first step, unless someone was active or paged since. */
function pageForOldNews(
  incident: Incident,
  { since }: AlertRecheck,
  unsilenced: readonly Alert[] | null,
  ctx: Context,
): readonly Fact[] {
  const { status, heardAt: lastActiveAt, pages, plan } = incident;
  if (plan.page === "none" || status === "mitigated" || (lastActiveAt !== null && lastActiveAt > since)) return [];
  if (pages.some(({ requestedAt }) => requestedAt > since)) return [];
  const reason = `it is reported as firing again since ${formatUtcTime(since)} UTC, and no one answered`;
  const facts: Fact[] = status === "acknowledged" ? [{ type: "incident.unacknowledged", data: { reason } }] : [];
  return [...facts, ...pageAllTeams(applyFacts(incident, facts, ctx), unsilenced, reason, ctx)];
}
