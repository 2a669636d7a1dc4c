import { buildTimeline } from "#domain/events/timeline.ts";
import type { IncidentView } from "#views/dashboard/incident-page.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { NOW } from "#test/support/builders/instants.ts";

/** The timeline of an incident that has just opened with a title. */
export const aTimelineSaying = (title: string) =>
  buildTimeline([anEvent(openedFact({ title }), { evidence: { command: title, permalink: null } })]);

/** What the page of INC-1 shows. */
export function anIncidentView(overrides: Partial<IncidentView> = {}): IncidentView {
  return {
    incident: anIncident(),
    timeline: [],
    alerts: [],
    runs: [],
    links: (number) => ({ number, uid: `uid-${number}` }),
    filter: { kind: "all", text: "", page: 0 },
    answer: null,
    refusalOf: () => null,
    key: "key-key-1",
    mark: "1",
    now: NOW,
    ...overrides,
  };
}

/** What the list of incidents is shown with: all, as many as fit. */
export const INCIDENT_LIST = {
  filter: { status: "all", priority: "all", service: "" },
  next: null,
  services: [],
  now: NOW,
};
