import type { Incident, Page, Task, Updates } from "#domain/incident/incident.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import type { Route } from "#domain/policy/route.ts";

/** What statistics know of an incident. Every incident is one; the database answers ten thousand of these in a moment, and not ten thousand whole states. */
export type IncidentSummary = Pick<
  Incident,
  | "number"
  | "key"
  | "status"
  | "peak"
  | "drill"
  | "private"
  | "detectedAt"
  | "openedAt"
  | "acknowledgedAt"
  | "mitigatedAt"
  | "resolvedAt"
  | "resolvedBy"
  | "declaredBy"
> & {
  readonly route: Pick<Route, "service" | "team">;
  readonly links: Pick<Incident["links"], "runbook">;
  readonly pages: readonly Pick<Page, "to" | "requestedAt" | "acknowledgedAt" | "status">[];
  readonly tasks: readonly Task[];
  readonly updates: Pick<Updates, "sent" | "onTime">;
  /** Missing in figures that an earlier version stored. */
  readonly ups?: Incident["ups"];
};

/** An incident with only the data of statistics. */
export function summarizeIncident(incident: Incident): IncidentSummary {
  const {
    number,
    key,
    status,
    peak,
    drill,
    private: hidden,
    detectedAt,
    openedAt,
    acknowledgedAt,
    mitigatedAt,
    resolvedAt,
    resolvedBy,
    declaredBy,
  } = incident;
  const { service, team } = incident.route;
  return {
    number,
    key,
    status,
    peak,
    drill,
    private: hidden,
    detectedAt,
    openedAt,
    acknowledgedAt,
    mitigatedAt,
    resolvedAt,
    resolvedBy,
    declaredBy,
    route: { service, team },
    links: { runbook: incident.links.runbook },
    pages: incident.pages.map(({ to, requestedAt, acknowledgedAt: answeredAt, status: is }) => ({
      to,
      requestedAt,
      acknowledgedAt: answeredAt,
      status: is,
    })),
    tasks: incident.tasks,
    updates: { sent: incident.updates.sent, onTime: incident.updates.onTime },
    ups: incident.ups,
  };
}

/** Whether it counts: a drill was no incident, what was canceled never was one, and what was merged is counted where it went. */
export function isCounted({ drill, status }: Pick<IncidentSummary, "drill" | "status">): boolean {
  return !drill && status !== "canceled" && status !== "merged";
}

/** From the start that alerts report to the receipt here, in ms: the time to detect. */
export function timeToDetect({ detectedAt, openedAt }: IncidentSummary): number {
  return Math.max(0, openedAt - detectedAt);
}

/**
 * From the first page (without one: from the opening) to the first acknowledgement, in ms; null while there is none. An
 * incident that fired again after its end keeps the answer that its first page got.
 */
export function timeToAcknowledge({ openedAt, acknowledgedAt, pages }: IncidentSummary): number | null {
  const answers = [acknowledgedAt, ...pages.map((page) => page.acknowledgedAt)].filter((at) => at !== null);
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

/** Opened in [from, to)? */
export function wasOpenedIn({ openedAt }: IncidentSummary, from: Instant, to: Instant): boolean {
  return openedAt >= from && openedAt < to;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}
