import type { Case } from "#domain/case.ts";
import type { Incident } from "#domain/incident.ts";

/** An incident with nothing but what statistics know of it. */
export function neutral(incident: Incident): Case {
  const { number, key, status, peak, drill, private: hidden, detectedAt, openedAt, acknowledgedAt, mitigatedAt, resolvedAt, resolvedBy, declaredBy } = incident;
  const { route, links, pages, tasks, updates } = incident;
  const times = { detectedAt, openedAt, acknowledgedAt, mitigatedAt, resolvedAt };
  return {
    number,
    key,
    status,
    peak,
    drill,
    private: hidden,
    ...times,
    resolvedBy,
    declaredBy,
    route: { service: route.service, team: route.team },
    links,
    pages,
    tasks,
    updates,
  };
}
