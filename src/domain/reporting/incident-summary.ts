import type { Incident, Page, Task, Updates } from "#domain/incident/incident.ts";
import type { Route } from "#domain/policy/route.ts";

/**
 * What the statistics use of an incident. The database reads ten thousand of these in a moment, and not ten thousand
 * whole states.
 */
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
  readonly answerCorrectedTo?: Incident["answerCorrectedTo"];
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
    // One that went along in a merge counts where it is answered.
    pages: incident.pages
      .filter(({ carriedTo }) => carriedTo === undefined)
      .map(({ to, requestedAt, acknowledgedAt: answeredAt, status: is }) => ({
        to,
        requestedAt,
        acknowledgedAt: answeredAt,
        status: is,
      })),
    tasks: incident.tasks,
    updates: { sent: incident.updates.sent, onTime: incident.updates.onTime },
    ups: incident.ups,
    answerCorrectedTo: incident.answerCorrectedTo,
  };
}
