import type { Incident } from "#domain/incident.ts";
import { utc } from "#domain/instant.ts";

/** The body of a ticket, in Markdown. */
export function ticketBody(incident: Incident, page: string): string {
  const { priority, plan, priorityReason, route, links, detectedAt } = incident;
  return [
    `**${priority} (${plan.sev})** since ${utc(detectedAt)}`,
    `Why ${priority}: ${priorityReason}`,
    `Service: ${route.service ?? "unknown"} · Team: ${route.team ?? "none"}`,
    "",
    `- Incident: ${page}`,
    ...(links.runbook === null ? [] : [`- Runbook: ${links.runbook}`]),
    ...links.dashboards.map(({ title, url }) => `- ${title}: ${url}`),
    ...(links.source === null ? [] : [`- Alert source: ${links.source}`]),
  ].join("\n");
}
