import type { Incident } from "#domain/incident.ts";
import { utc } from "#domain/instant.ts";
import { md } from "./markdown.ts";

/** The body of a ticket, in Markdown. */
export function ticketBody(incident: Incident, page: string): string {
  const { priority, plan, priorityReason, route, links, detectedAt } = incident;
  return [
    `**${priority} (${md(plan.sev)})** since ${utc(detectedAt)}`,
    `Why ${priority}: ${md(priorityReason)}`,
    `Service: ${md(route.service ?? "unknown")} · Team: ${md(route.team ?? "none")}`,
    "",
    `- Incident: ${page}`,
    ...(links.runbook === null ? [] : [`- Runbook: ${links.runbook}`]),
    ...links.dashboards.map(({ title, url }) => `- ${md(title)}: ${url}`),
    ...(links.source === null ? [] : [`- Alert source: ${links.source}`]),
  ].join("\n");
}
