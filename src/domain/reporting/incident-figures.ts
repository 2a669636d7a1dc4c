import { isNotActionable } from "./alert-quality.ts";
import { DOWN_PRIORITIES, downStretches } from "./downtime.ts";
import { isCounted, timeToAcknowledge, timeToDetect, timeToMitigate, timeToResolve } from "./incident-times.ts";
import type { IncidentSummary } from "./incident-summary.ts";
import { isOpen, type Instant, type Priority } from "#domain/values/language.ts";

/**
 * What one incident adds to every figure of docs/statistics.md: the database adds these up, and defines nothing itself.
 * Instants and times in ms; null where nothing is known.
 */
export type IncidentFigures = {
  readonly number: number;
  /** Whether it counts at all. */
  readonly counted: boolean;
  readonly private: boolean;
  readonly open: boolean;
  readonly service: string | null;
  readonly team: string | null;
  readonly peak: Priority;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  /** By when a run must have changed something to count as what mitigated it; null for one that is not resolved. */
  readonly helpedBy: Instant | null;
  readonly detect: number;
  readonly acknowledge: number | null;
  readonly mitigate: number | null;
  readonly resolve: number | null;
  /** From its start to who acknowledged the incident itself. */
  readonly answered: number | null;
  /** Pages that did not fail: whom each was for, and when it was requested. */
  readonly pagesTo: readonly string[];
  readonly pagesAt: readonly Instant[];
  /** What alerts are grouped by; null for one that a person declared, which has no signature. */
  readonly signature: string | null;
  /** It carries a link to a runbook. */
  readonly linked: boolean;
  /** No one had to act in it. */
  readonly idle: boolean;
  readonly updatesSent: number;
  readonly updatesOnTime: number;
  /** Due days of follow-ups that are not done. */
  readonly dueDays: readonly string[];
  /** When its service was down because of it, [from, to), as a multirange of ms; open ended: until now. null: it was not. */
  readonly down: string | null;
};

/** The figures of one incident. */
export function incidentFigures(summary: IncidentSummary): IncidentFigures {
  const { number, status, peak, route, pages, tasks, updates, openedAt, acknowledgedAt, detectedAt } = summary;
  const { mitigatedAt, resolvedAt } = summary;
  const sent = pages.filter((page) => page.status !== "failed");
  return {
    number,
    counted: isCounted(summary),
    private: summary.private,
    open: isOpen(status),
    service: figureText(route.service),
    team: figureText(route.team),
    peak,
    openedAt,
    resolvedAt,
    helpedBy: resolvedAt === null ? null : (mitigatedAt ?? resolvedAt),
    detect: timeToDetect(summary),
    acknowledge: timeToAcknowledge(summary),
    mitigate: timeToMitigate(summary),
    resolve: timeToResolve(summary),
    answered: acknowledgedAt === null ? null : Math.max(0, acknowledgedAt - detectedAt),
    pagesTo: sent.map(({ to }) => figureText(to)),
    pagesAt: sent.map(({ requestedAt }) => requestedAt),
    signature: summary.declaredBy === null ? figureText(summary.key) : null,
    linked: summary.links.runbook !== null,
    idle: isNotActionable(summary),
    updatesSent: updates.sent,
    updatesOnTime: updates.onTime,
    dueDays: tasks.flatMap(({ kind, doneAt, due }) =>
      kind === "followup" && doneAt === null && due !== null ? [due] : [],
    ),
    down: DOWN_PRIORITIES.has(peak) ? multirangeText(summary) : null,
  };
}

function multirangeText(summary: IncidentSummary): string {
  const windows = downStretches(summary).filter(({ from, to }) => to === null || to > from);
  return `{${windows.map(({ from, to }) => `[${from},${to ?? ""})`).join(",")}}`;
}

/** A text as figures have it: a column refuses zero characters and halves of letters, which names from outside may hold. */
export function figureText<T extends string | null>(text: T): T {
  return (text === null ? null : text.replaceAll("\0", "\uFFFD").toWellFormed()) as T;
}
