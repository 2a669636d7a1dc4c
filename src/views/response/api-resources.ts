import type { RefusalReport } from "#domain/alerting/intake/refused-alert.ts";
import type { Alert } from "#domain/incident/alert.ts";
import { isDeclined, type CommandAnswer } from "#domain/events/command-outcome.ts";
import type { Incident, Page } from "#domain/incident/incident.ts";
import { callsByName, summarizeEscalations, type EscalationSummary } from "#domain/paging/escalation-summary.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId, type Instant } from "#domain/values/language.ts";
import { runId, stepOfLine, type JournalLine, type Run } from "#domain/automation/run.ts";
import type { TimelineEntry } from "#domain/events/timeline.ts";

/** What came of a command, as `POST /api/verbs` answers it (README.md). */
export function presentOutcome(outcome: CommandAnswer): Record<string, unknown> {
  const { kind, text, incident, events, number } = outcome;
  return {
    text,
    refused: isDeclined(outcome),
    kind,
    incident: incident === null ? null : incidentId(incident),
    events: events.map((event) => ({ ...event, incident: incidentId(event.incident) })),
    number,
  };
}

/** An incident as the API shows it (README.md); times are ISO 8601 in UTC. */
export function presentIncident(incident: Incident, runs: readonly Run[] = []): Record<string, unknown> {
  const { number, route, escalation, roles } = incident;
  const escalations = summarizeEscalations(incident);
  return {
    id: incidentId(number),
    title: incident.title,
    priority: incident.priority,
    sev: incident.plan.sev,
    status: incident.status,
    service: route.service,
    team: route.team,
    drill: incident.drill,
    private: incident.private,
    detectedAt: time(incident.detectedAt),
    openedAt: time(incident.openedAt),
    acknowledgedAt: time(incident.acknowledgedAt),
    mitigatedAt: time(incident.mitigatedAt),
    resolvedAt: time(incident.resolvedAt),
    closedAt: time(incident.closedAt),
    quietUntil: time(incident.quietUntil),
    recheck: presentRecheck(incident),
    falseAlarm: incident.falseAlarm,
    alerts: incident.alerts,
    priorityReason: incident.priorityReason,
    routeReason: route.reason,
    channel: incident.channel,
    roles,
    pages: incident.pages.map(presentPage),
    escalation: {
      step: escalation.step,
      next: escalation.next === null ? null : { to: escalation.next.to, at: formatIso(escalation.next.at) },
    },
    escalations: escalations.map(presentEscalation),
    calls: callsByName(incident).map(({ key }) => key),
    acknowledgedUntil: incident.status === "acknowledged" ? time(incident.ackUntil) : null,
    storm: presentStorm(incident),
    summary: incident.summary,
    mergedInto: incident.mergedInto === null ? null : incidentId(incident.mergedInto),
    handoff: presentHandoff(incident),
    updates: presentUpdates(incident),
    tasks: incident.tasks.map(({ doneAt, ...task }) => ({ ...task, doneAt: time(doneAt) })),
    tickets: incident.tickets.map(({ key, url }) => ({ url, key })),
    runs: runs.map(({ number: n, runbook, mode, state, reason }) => ({ id: runId(n), runbook, mode, state, reason })),
    links: incident.links,
  };
}

function presentPage(page: Page): object {
  const { key, to, via, sentAt, requestedAt, acknowledgedAt, status, priority, held = [], origin, carriedTo } = page;
  return {
    to,
    via,
    requestedAt: formatIso(requestedAt),
    sentAt: time(sentAt),
    acknowledgedAt: time(acknowledgedAt),
    status,
    priority,
    /** Who got no direct message of it. */
    held,
    /** The incident that asked for it, and the one in which it is answered, where a merge took it. */
    ...(origin === undefined ? {} : { origin: incidentId(origin.incident) }),
    ...(carriedTo === undefined ? {} : { carriedTo: incidentId(carriedTo) }),
    key,
  };
}

/** The escalation of one team. `pages`: the keys of its pages, in order. */
function presentEscalation(summary: EscalationSummary): object {
  const { key, team, step, next, answered, rounds, unseenSince, pages } = summary;
  return {
    team,
    own: key === null,
    step,
    pages: pages.map((page) => page.key),
    answered:
      answered === null
        ? null
        : { by: answered.by, at: formatIso(answered.at), until: time(answered.until), page: answered.page },
    next: next === null ? null : { to: next.to, at: formatIso(next.at) },
    usedUp: rounds,
    unseenSince: time(unseenSince),
  };
}

function presentRecheck({ recheck }: Incident): object | null {
  return recheck === null ? null : { at: formatIso(recheck.at), by: recheck.by };
}

function presentStorm({ storm }: Incident): object | null {
  return storm === null ? null : { until: formatIso(storm.until), held: storm.total, services: storm.services };
}

function presentHandoff({ handoff }: Incident): object | null {
  return handoff === null ? null : { to: handoff.to, from: handoff.from, at: formatIso(handoff.at) };
}

function presentUpdates({ updates }: Incident): object {
  return {
    sent: updates.sent,
    onTime: updates.onTime,
    longestSilenceMs: updates.longestSilence,
    lastAt: time(updates.last),
    nextDueAt: time(updates.due),
  };
}

/** A run as the API shows it, with what was done and found. */
export function presentRun({
  run,
  journal,
}: {
  readonly run: Run;
  readonly journal: readonly JournalLine[];
}): Record<string, unknown> {
  const {
    number,
    incident,
    runbook,
    mode,
    target,
    state,
    reason,
    asked: approval,
    createdAt,
    startedAt,
    finishedAt,
    by,
    plan,
    planHash,
    sha,
  } = run;
  return {
    id: runId(number),
    incident: incident === null ? null : incidentId(incident),
    ...{ runbook, sha, mode, target, state, reason, planHash },
    by: by?.name ?? null,
    asked:
      approval === null
        ? null
        : {
            step: plan.steps[approval.step]?.id,
            why: approval.why,
            from: approval.from,
            count: approval.count,
            until: formatIso(approval.until),
            by: approval.by,
          },
    createdAt: formatIso(createdAt),
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    steps: journal.map(({ idx, attempt, state: previous, intent, outcome, before, after, ...line }) => ({
      step: plan.steps[stepOfLine(idx)]?.id,
      undo: idx < 0,
      ...{ attempt, state: previous, intent, outcome, before, after },
      startedAt: time(line.startedAt),
      finishedAt: time(line.finishedAt),
    })),
  };
}

/** An alert as the API shows it; times are ISO 8601 in UTC. */
export function presentAlert(alert: Alert): Record<string, unknown> {
  const {
    incident,
    startsAt,
    firstStartsAt,
    endsAt,
    firstSeenAt,
    lastSeenAt,
    reportedStartsAt,
    reportedEndsAt,
    suppressedUntil,
    suppressedBecause,
    seq: _,
    ...rest
  } = alert;
  return {
    ...rest,
    incident: incident === null ? null : incidentId(incident),
    startsAt: formatIso(startsAt),
    firstStartsAt: formatIso(firstStartsAt),
    endsAt: endsAt === null ? null : formatIso(endsAt),
    reported: { startsAt: time(reportedStartsAt), endsAt: time(reportedEndsAt) },
    firstSeenAt: formatIso(firstSeenAt),
    lastSeenAt: formatIso(lastSeenAt),
    muted: suppressedUntil === null ? null : { until: formatIso(suppressedUntil), why: suppressedBecause },
  };
}

/** What the doors refused, as the API shows it. */
export function presentRefusals({ senders, alerts, total }: RefusalReport): Record<string, unknown> {
  return {
    senders: senders.map(({ source, sender, acceptedAt, refusedAt, status, reason, times, raisedAt }) => ({
      ...{ source, sender, status, reason, times },
      acceptedAt: time(acceptedAt),
      refusedAt: time(refusedAt),
      raisedAt: time(raisedAt),
    })),
    total,
    alerts: alerts.map(({ id, source, sender, times, field, reason, summary, excerpt, firstAt, lastAt }) => ({
      ...{ id, source, sender, times, field, reason, summary, excerpt },
      firstAt: formatIso(firstAt),
      lastAt: formatIso(lastAt),
    })),
  };
}

/** An entry of a timeline as the API shows it. */
export function presentTimelineEntry(entry: TimelineEntry): Record<string, unknown> {
  return { ...entry, at: formatIso(entry.at), recordedAt: formatIso(entry.recordedAt) };
}

function time(at: Instant | null): string | null {
  return at === null ? null : formatIso(at);
}
