import type { Incident } from "#domain/incident.ts";
import { utc } from "#domain/instant.ts";
import { md as markdown } from "./markdown.ts";

/** A tracker tells whoever is mentioned; what stands in a label is nobody's call. A word joiner is seen by machines only. */
function md(text: string): string {
  return markdown(text).replaceAll("@", "@\u2060");
}

/** The same page under an address without an "@": a tracker takes what it does not know as a link for text. */
function quiet(url: string): string {
  return url.replaceAll("@", "%40");
}

/** The body of a ticket, in Markdown. */
export function ticketBody(incident: Incident, page: string): string {
  const { priority, plan, priorityReason, route, links, detectedAt } = incident;
  return [
    `**${priority} (${md(plan.sev)})** since ${utc(detectedAt)}`,
    `Why ${priority}: ${md(priorityReason)}`,
    `Service: ${md(route.service ?? "unknown")} · Team: ${md(route.team ?? "none")}`,
    "",
    `- Incident: ${page}`,
    ...(links.runbook === null ? [] : [`- Runbook: ${quiet(links.runbook)}`]),
    ...links.dashboards.map(({ title, url }) => `- ${md(title)}: ${quiet(url)}`),
    ...(links.source === null ? [] : [`- Alert source: ${quiet(links.source)}`]),
  ].join("\n");
}
