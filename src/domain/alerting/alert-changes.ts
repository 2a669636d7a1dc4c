import type { Policy } from "#domain/policy/policy.ts";
import { alertSummary, type AlertChange } from "#domain/incident/alert.ts";
import { applyFacts, type AlertsChanged, type Context } from "#domain/events/decision.ts";
import { pageForAlerts } from "./alert-paging.ts";
import { endQuietTeams } from "./team-ends.ts";
import { planAutoResolve } from "./auto-resolve.ts";
import { raiseForAlerts } from "./priority-rise.ts";
import { armRecheck, doubtOldNews } from "./recheck.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { AlertSnapshot, Incident } from "#domain/incident/incident.ts";
import { isHigherPriority, isOpen } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";

/** What news of its alerts means for an incident: taken in, then weighed one question at a time. */
export function decideAlertsChanged(incident: Incident, command: AlertsChanged, ctx: Context): readonly Fact[] {
  const facts: Fact[] = [];
  let now = incident;
  for (const question of RULES) {
    const more = question(now, command, ctx, incident);
    if (more.length === 0) continue;
    facts.push(...more);
    now = applyFacts(now, more, ctx);
  }
  return facts;
}

type AlertRule = (now: Incident, command: AlertsChanged, ctx: Context, before: Incident) => readonly Fact[];

/** A new stretch of firing triggers the same incident again; old news of a known stretch only undoes the resolution. */
const reopenForAlerts: AlertRule = (now, { changes }, { policy }) => {
  const rise = endedBeforeRise(now, changes, policy);
  if (rise !== null) return [{ type: "incident.reopened", data: { status: "triggered", reason: rise } }];
  if (now.status !== "resolved" && now.status !== "closed") return [];
  const fired = changes.some((change) => change.kind === "fired" || change.kind === "flapped");
  if (!fired && !changes.some((change) => change.kind === "refired")) return [];
  if (fired)
    return [{ type: "incident.reopened", data: { status: "triggered", reason: "an alert fires again", again: true } }];
  const status = now.acknowledgedAt === null ? "triggered" : "acknowledged";
  return [
    {
      type: "incident.reopened",
      data: { status, reason: "an alert that was reported as resolved is reported as firing since the same time" },
    },
  ];
};

/**
 * Who resolved an incident while an alert fired has judged it by the priority that it had: one that rises above everything the
 * incident was, to a priority that pages, was never judged. A false alarm is silenced until it resolves, whatever it rises
 * to. Answers the reason; null: none rises.
 */
function endedBeforeRise(
  { status, priority, pinned, falseAlarm }: Incident,
  changes: readonly AlertChange[],
  policy: Policy,
): string | null {
  if (isOpen(status) || status === "merged" || falseAlarm !== null) return null;
  const risen = changes.find(
    ({ alert, roseFrom }) =>
      roseFrom !== undefined &&
      isHigherPriority(alert.priority, pinned?.ceiling ?? priority) &&
      policy.priorities[alert.priority].page !== "none",
  );
  if (risen === undefined) return null;
  return `an alert that fires on rose from ${risen.roseFrom!} to ${risen.alert.priority} after the incident had ended`;
}

const recordAlertChanges: AlertRule = (now, { changes }) => {
  const facts: Fact[] = [];
  for (const kind of ["fired", "refired"] as const) {
    const some = changes.filter((change) => change.kind === kind);
    if (some.length === 0) continue;
    const added = some.filter((change) => change.alert.incident !== now.number).length;
    const earliestStart = Math.min(...some.map((change) => change.alert.startsAt));
    facts.push({
      type: "alerts.fired",
      data: { count: some.length, added, again: kind === "refired", earliestStart, alerts: notes(some) },
    });
  }
  const flapped = changes.filter((change) => change.kind === "flapped");
  if (flapped.length > 0)
    facts.push({ type: "alerts.flapped", data: { count: flapped.length, alerts: notes(flapped) } });
  const resolved = changes.filter((change) => change.kind === "resolved");
  if (resolved.length > 0)
    facts.push({ type: "alerts.resolved", data: { count: resolved.length, alerts: notes(resolved) } });
  return facts;
};

/**
 * An earlier start that is reported only now moves the beginning. Not when the alert had earlier starts before this incident
 * began, as one of them is meant then; nor when a person has set the beginning to a later time.
 */
const moveBeginning: AlertRule = (now, { changes }) => {
  const earlier = changes.filter(
    ({ alert, backdated }) =>
      backdated !== undefined &&
      alert.incident === now.number &&
      backdated.from >= now.detectedAt &&
      backdated.to < now.detectedAt,
  );
  if (earlier.length === 0) return [];
  const to = earlier.reduce((first, { backdated }) => Math.min(first, backdated!.to), Infinity);
  return [{ type: "incident.backdated", data: { from: now.detectedAt, to, alerts: notes(earlier) } }];
};

const truncation: AlertRule = (now, { group, hidden }) => {
  const previous = Object.hasOwn(now.truncated, group) ? now.truncated[group] : 0;
  return previous === hidden ? [] : [{ type: "delivery.truncated", data: { group, hidden } }];
};

const checkAutoResolve: AlertRule = (now, _, ctx) => planAutoResolve(now, ctx);

/** What fires without an owner is looked at again: after old news re-opened the incident, or reached one that ended. */
const recheck: AlertRule = (now, _, ctx, before) => {
  if (!isOpen(now.status)) return armRecheck(now, ctx);
  return isOpen(before.status) || now.pages.length > before.pages.length ? [] : doubtOldNews(now, ctx);
};

/** In the order in which they are asked; each sees what those before it answered. */
const RULES: readonly AlertRule[] = [
  reopenForAlerts,
  recordAlertChanges,
  moveBeginning,
  raiseForAlerts,
  pageForAlerts,
  truncation,
  endQuietTeams,
  checkAutoResolve,
  recheck,
];

function notes(changes: readonly AlertChange[]): AlertSnapshot[] {
  return changes.map(({ alert }) => ({
    source: alert.source,
    fingerprint: alert.fingerprint,
    summary: oneLine(alertSummary(alert), 200),
    priority: alert.priority,
    startsAt: alert.startsAt,
    endsAt: alert.endsAt,
    ...(alert.reportedStartsAt === null ? {} : { reportedStartsAt: alert.reportedStartsAt }),
  }));
}
