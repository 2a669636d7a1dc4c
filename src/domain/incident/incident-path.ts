import { incidentId } from "#domain/values/language.ts";
import { writeReference, type LinkedIncident } from "./incident-reference.ts";

/** Where on an incident's pages: `page` under it ("postmortem"), `query` besides, `part` of the page. */
export type IncidentPlace = {
  readonly page?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly part?: string;
};

/**
 * The path of an incident's page on the dashboard; the only place that makes one. It names which incident of its number
 * it leads to, for numbers begin again where a restored backup ends; without a uid it is that of the number alone.
 */
export function incidentPath(incident: LinkedIncident, { page, query = {}, part }: IncidentPlace = {}): string {
  const asked = [
    ...(incident.uid === undefined ? [] : [`of=${writeReference(incident)}`]),
    ...(Object.keys(query).length === 0 ? [] : [new URLSearchParams(query).toString()]),
  ];
  return `/incidents/${incidentId(incident.number)}${page === undefined ? "" : `/${page}`}${asked.length === 0 ? "" : `?${asked.join("&")}`}${part === undefined ? "" : `#${part}`}`;
}
