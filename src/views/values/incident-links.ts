import { incidentPath } from "#domain/incident/incident-path.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { incidentId } from "#domain/values/language.ts";
import { html, type HtmlPart, type SafeHtml } from "./html.ts";

/** A link to an incident's page, by its id unless it has a label. */
export function incidentLink(incident: LinkedIncident, label: HtmlPart = incidentId(incident.number)): SafeHtml {
  return html`<a href="${incidentPath(incident)}">${label}</a>`;
}
