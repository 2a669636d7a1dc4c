import type { AlertDescription, DraftInputs, EarlierIncident, ServiceBacklog } from "./draft-inputs.ts";
import { budgetsUsed, type BudgetUsed } from "#domain/reporting/budget-used.ts";
import { quietPeriods } from "./quiet-periods.ts";
import { overlapDuration, type TimeWindow } from "#domain/reporting/downtime.ts";
import { definitionOf, type Event } from "#domain/events/event-registry.ts";
import { findTimelineGaps, type TimelineGap } from "./timeline-gaps.ts";
import { collectHints, type PostmortemHints } from "./hints.ts";
import {
  findDiscrepancies,
  impactWindow,
  computeRevenueLoss,
  type ImpactDiscrepancy,
  type ImpactWindow,
  type RevenueLoss,
} from "./impact.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { PRIORITIES, ROLES, type Audience, type Instant, type Priority } from "#domain/values/language.ts";
import { pageResponses, type PageResponse } from "#domain/paging/page-response.ts";
import { computeMilestones } from "#domain/reporting/milestones.ts";
import type { ComputedValue } from "#domain/values/computed-value.ts";
import { responseTimes, type ResponseTimes } from "./response-times.ts";
import { reviewDue } from "#domain/policy/review-due.ts";
import { roleTenures, type RoleHeld } from "./role-history.ts";
import type { AttemptedStep } from "./attempted-steps.ts";
import type { MergedWords } from "./merged-words.ts";
import { effectiveEvents } from "#domain/events/effective-events.ts";
import { timeInPriorities, type PriorityTime } from "#domain/reporting/time-in-priorities.ts";
import { buildTimeline, type TimelineEntry } from "#domain/events/timeline.ts";
import { affectedScope, type AffectedScope } from "./affected-scope.ts";

export type { ComputedValue } from "#domain/values/computed-value.ts";
export { HUMAN_SECTIONS, type HumanSection, type HumanTexts } from "./human-section.ts";

export type SentUpdate = {
  readonly at: Instant;
  readonly audience: Audience;
  readonly by: string;
  readonly text: string;
  readonly from: readonly number[];
};
/** Carried over: `priority` is what its text begins with, null when it begins with none. */
export type FollowUp = Task & { readonly priority: Priority | null; readonly from: readonly number[] };

/** The computed half of a postmortem: a fold over the incident's events. */
export type PostmortemDraft = {
  readonly incident: Incident;
  readonly detected: ComputedValue<Instant>;
  readonly acknowledged: ComputedValue<Instant> | null;
  readonly mitigated: ComputedValue<Instant> | null;
  readonly resolved: ComputedValue<Instant> | null;
  readonly impact: ImpactWindow;
  /** The stretches between an end and a new beginning: what the statistics leave out of the downtime. */
  readonly quietPeriods: readonly TimeWindow[];
  /** Its worst: as what it counted, and why. */
  readonly worst: ComputedValue<{ readonly sev: string; readonly reason: string; readonly at: Instant }>;
  readonly where: readonly AffectedScope[];
  /** What alerts and declaration disagree on. */
  readonly differences: readonly ImpactDiscrepancy[];
  readonly revenue: RevenueLoss | null;
  readonly times: ResponseTimes;
  readonly timeIn: readonly PriorityTime[];
  /** Who held which role for how long; the commander first. */
  readonly roles: readonly RoleHeld[];
  /** The people who joined the channel, in order. */
  readonly joined: readonly string[];
  /** The first sign of the problem; null when a person declared it before any alert. */
  readonly trigger: ComputedValue<string> | null;
  readonly described: AlertDescription | null;
  /** The first alert, even after a declaration; null when there was none. */
  readonly firstAlertAt: ComputedValue<Instant> | null;
  /** The opening. */
  readonly openedBy: readonly number[];
  /** Times at which a firing alert became stale. */
  readonly staleAlerts: readonly number[];
  readonly sentUpdates: readonly SentUpdate[];
  readonly pages: readonly PageResponse[];
  readonly tried: readonly AttemptedStep[];
  readonly followUps: readonly FollowUp[];
  readonly openTasks: readonly Task[];
  readonly earlier: readonly EarlierIncident[];
  /** What is still to be done after other incidents of the service. */
  readonly backlog: readonly ServiceBacklog[];
  /** What it used of the error budget of each month in which it was down. */
  readonly budgets: readonly BudgetUsed[];
  readonly hints: PostmortemHints;
  /** The day by which it is due, an ISO date; null when no one asks for one, or it is not over yet. */
  readonly due: string | null;
  readonly timeline: readonly TimelineEntry[];
  readonly mergedWords: readonly MergedWords[];
  readonly gaps: readonly TimelineGap[];
  /** Where each event can be looked at, by its number, as far as there is a place. */
  readonly permalinks: Readonly<Record<number, string>>;
  readonly publicUrl: string | null;
};

/** Computes the draft. `now` stands in for the end of an open incident. */
export function assemblePostmortem(
  incident: Incident,
  all: readonly Event[],
  now: Instant,
  around: DraftInputs = {},
): PostmortemDraft {
  const { tried = [] } = around;
  const events = effectiveEvents(all);
  const { began, acknowledged, mitigated, resolved } = computeMilestones(incident, events);
  const end = resolved?.value ?? now;
  const impact = impactWindow(incident, events);
  const story = buildTimeline(all).filter((entry) => definitionOf(entry).inPostmortem !== false);
  const times = responseTimes(incident, events);
  const stretch = { from: incident.openedAt, to: Math.max(incident.openedAt, end) };
  const gaps = unexplainedGaps(story, quietPeriods(events), stretch);
  const pages = pageResponses(incident, events);
  const worst = worstOf(incident, events);
  const timeIn = timeInPriorities(all, end);
  const tenures = roles(all, end);
  return {
    incident,
    detected: began,
    acknowledged,
    mitigated,
    resolved,
    impact,
    quietPeriods: incident.ups,
    worst,
    where: affectedScope(around.labels ?? []),
    differences: findDiscrepancies(impact, incident),
    revenue: computeRevenueLoss(impact, incident, around.revenue ?? null, incident.ups),
    times,
    timeIn,
    roles: tenures,
    joined: [...new Set(events.flatMap((event) => (event.type === "member.joined" ? [event.data.person.name] : [])))],
    ...firstSigns(incident, events, around),
    sentUpdates: sentUpdates(events),
    pages,
    tried,
    followUps: followUps(incident, events),
    openTasks: incident.tasks.filter(({ kind, doneAt }) => kind === "task" && doneAt === null),
    earlier: earlierIncidents(around),
    backlog: remainingBacklog(around),
    budgets: budgetsUsed(incident, around.slo ?? null),
    hints: collectHints({ incident, times, pages, rose: worst.value.at, roles: tenures, gaps, tried }),
    due: resolved === null ? null : (incident.postmortem.due ?? reviewDue(incident.peak, resolved.value, around.rule)),
    timeline: story,
    mergedWords: around.mergedWords ?? [],
    gaps: gaps,
    publicUrl: around.publicUrl ?? null,
    permalinks: permalinksOf(all),
  };
}

function permalinksOf(events: readonly Event[]): PostmortemDraft["permalinks"] {
  return Object.fromEntries(
    events.flatMap(({ seq, evidence }) => (evidence.permalink === null ? [] : [[seq, evidence.permalink]])),
  );
}

/** The first sign of the problem, and when alerts went stale. */
function firstSigns(
  { declaredBy }: Incident,
  events: readonly Event[],
  around: DraftInputs,
): Pick<PostmortemDraft, "trigger" | "described" | "firstAlertAt" | "openedBy" | "staleAlerts"> {
  const alert = events.find((event) => event.type === "alerts.fired");
  return {
    trigger:
      declaredBy !== null || alert === undefined
        ? null
        : { value: alert.data.alerts[0]?.summary ?? "", from: [alert.seq] },
    described: around.first ?? null,
    firstAlertAt: alert === undefined ? null : { value: alert.at, from: [alert.seq] },
    openedBy: events.filter(({ type }) => type === "incident.opened").map(({ seq }) => seq),
    staleAlerts: events.filter(({ type }) => type === "alerts.unheard").map(({ seq }) => seq),
  };
}

/** Gaps in the timeline, but for those when all was quiet. */
function unexplainedGaps(
  story: readonly TimelineEntry[],
  quietTimes: readonly TimeWindow[],
  { from, to }: TimeWindow,
): readonly TimelineGap[] {
  return findTimelineGaps(
    story.map(({ at }) => at),
    from,
    to,
  ).filter((gap) => overlapDuration(quietTimes, gap) < gap.to - gap.from);
}

function sentUpdates(events: readonly Event[]): readonly SentUpdate[] {
  return events.flatMap((event) =>
    event.type === "update.posted"
      ? [
          {
            at: event.at,
            audience: event.data.audience,
            by: event.actor.name,
            text: event.data.text,
            from: [event.seq],
          },
        ]
      : [],
  );
}

function earlierIncidents({ earlier = [] }: DraftInputs): readonly EarlierIncident[] {
  return earlier.map(({ number, title, peak, openedAt, resolvedAt, tasks }) => ({
    number,
    title,
    peak,
    openedAt,
    resolvedAt,
    tasks,
  }));
}

/** What is still to be done after other incidents of the service. */
function remainingBacklog({ others = [] }: DraftInputs): readonly ServiceBacklog[] {
  return others.flatMap(({ number, title, tasks }) => {
    const left = tasks.filter(({ kind, doneAt }) => kind === "followup" && doneAt === null);
    return left.length === 0 ? [] : [{ number, title, tasks: left }];
  });
}

/** The first time that it was what it was at its worst. */
function worstOf(
  { peak, plan, priorityReason, openedAt }: Incident,
  events: readonly Event[],
): PostmortemDraft["worst"] {
  for (const event of events) {
    if (event.type === "incident.opened" && event.data.priority === peak)
      return {
        value: { sev: event.data.plan.sev, reason: event.data.priorityReason, at: event.at },
        from: [event.seq],
      };
    if (event.type === "priority.changed" && event.data.to === peak)
      return { value: { sev: event.data.plan.sev, reason: event.data.reason, at: event.at }, from: [event.seq] };
  }
  return { value: { sev: plan.sev, reason: priorityReason, at: openedAt }, from: [] };
}

function roles(events: readonly Event[], end: Instant): readonly RoleHeld[] {
  return roleTenures(events)
    .map(({ role, name, since, until, from }) => ({
      role,
      name,
      since,
      until,
      ms: Math.max(0, (until ?? end) - since),
      from,
    }))
    .toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || a.since - b.since);
}

function followUps({ tasks }: Incident, events: readonly Event[]): readonly FollowUp[] {
  const added = new Map(events.flatMap((event) => (event.type === "task.added" ? [[event.data.id, event.seq]] : [])));
  return tasks
    .filter(({ kind }) => kind === "followup")
    .map((task) => {
      const word = /^P[0-4](?=\b)/.exec(task.text)?.[0];
      const seq = added.get(task.id);
      return {
        ...task,
        priority: PRIORITIES.find((each) => each === word) ?? null,
        from: seq === undefined ? [] : [seq],
      };
    });
}
