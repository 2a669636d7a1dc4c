import type { Priority } from "#domain/values/language.ts";
import type { IncidentSummary } from "./incident-summary.ts";

// What is measured of an incident. docs/statistics.md describes these definitions; change both.

/** Whether it counts: a drill was no incident, what was canceled never was one, and what was merged is counted where it went. */
export function isCounted({ drill, status }: Pick<IncidentSummary, "drill" | "status">): boolean {
  return !drill && status !== "canceled" && status !== "merged";
}

/** From the start that alerts report to the receipt here, in ms: the time to detect. */
export function timeToDetect({ detectedAt, openedAt }: IncidentSummary): number {
  return Math.max(0, openedAt - detectedAt);
}

/**
 * From the first page (without one: from the opening) to the first acknowledgement, in ms; null while there is none. A
 * correction comes before all that is written down. An
 * incident that fired again after its end keeps the answer that its first page got.
 */
export function timeToAcknowledge({
  openedAt,
  acknowledgedAt,
  answerCorrectedTo,
  pages,
}: IncidentSummary): number | null {
  const answers =
    answerCorrectedTo == null
      ? [acknowledgedAt, ...pages.map((page) => page.acknowledgedAt)].filter((at) => at !== null)
      : [answerCorrectedTo];
  if (answers.length === 0) return null;
  const firstPagedAt = pages.length === 0 ? openedAt : least(pages.map(({ requestedAt }) => requestedAt));
  return Math.max(0, least(answers) - firstPagedAt);
}

/** From the start that alerts report to the mitigation, in ms; a resolution without one counts as one. */
export function timeToMitigate({ detectedAt, mitigatedAt }: IncidentSummary): number | null {
  return mitigatedAt === null ? null : Math.max(0, mitigatedAt - detectedAt);
}

/** From the start that alerts report to the (last) resolution, in ms. */
export function timeToResolve({ detectedAt, resolvedAt }: IncidentSummary): number | null {
  return resolvedAt === null ? null : Math.max(0, resolvedAt - detectedAt);
}

/** Priorities whose incidents break a service: P3 is "within its objective" and P4 is information (the tiered alerting table). */
export const FAILURE_PRIORITIES: ReadonlySet<Priority> = new Set<Priority>(["P0", "P1", "P2"]);

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}
