import { type Event, describeEvent } from "#domain/events/event-registry.ts";
import type { Incident, Task } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatUtc } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import type { TicketLine, TicketText } from "#domain/tickets/ticket-text.ts";
import { escapeMarkdown as markdown } from "#views/values/markdown-text.ts";

/** The title of a ticket. A private incident's title shows where to look, and nothing else. */
export function ticketTitle({ number, title, private: hidden }: Incident): string {
  return `${incidentId(number)}: ${hidden ? "private, open the link" : title}`;
}

/** The text of a ticket when it is opened: what, why, whose, and where to look. */
export function ticketBody(incident: Incident, page: string): TicketText {
  const { priority, plan, priorityReason, route, links, detectedAt } = incident;
  const here: TicketLine = { text: "Incident", url: page };
  if (incident.private) return written([{ text: "A private incident: only who is in it can read more." }, here]);
  return written([
    { strong: `${priority} (${plan.sev})`, text: ` since ${formatUtc(detectedAt)}` },
    { text: `Why ${priority}: ${priorityReason}` },
    { text: `Service: ${route.service ?? "unknown"} · Team: ${route.team ?? "none"}` },
    here,
    ...(links.runbook === null ? [] : [{ text: "Runbook", url: links.runbook }]),
    ...links.dashboards.map(({ title, url }) => ({ text: title, url })),
    ...(links.source === null ? [] : [{ text: "Alert source", url: links.source }]),
  ]);
}

/** What a runbook writes in a ticket of its own. */
export function runTicket(words: string, run: string, page: string | null): TicketText {
  const lines = words.split("\n").map((text): TicketLine => ({ text }));
  return written([...lines, page === null ? { text: `Opened by ${run}` } : { text: `Opened by ${run}`, url: page }]);
}

/** The title of a follow-up's ticket. */
export function followUpTitle({ number, private: hidden }: Incident, { id, text }: Task): string {
  return hidden
    ? `${incidentId(number)}: follow-up ${id} of a private incident, open the link`
    : `${text} (${incidentId(number)})`;
}

export function followUpBody(incident: Incident, { id, text, owner, due }: Task, page: string): TicketText {
  const here: TicketLine = { text: `Follow-up ${id} of ${incidentId(incident.number)}`, url: page };
  if (incident.private) return written([{ text: "Of a private incident: only who is in it can read more." }, here]);
  return written([
    { text },
    { text: `Of ${incidentId(incident.number)}: ${incident.title}` },
    { text: `Owner: ${owner?.name ?? "unassigned"} · Due: ${due ?? "no day yet"}` },
    here,
    { text: "Postmortem", url: `${page}/postmortem` },
  ]);
}

/**
 * The comment on a ticket when the incident ends or goes on: who did it and why, how long it took, and where to read
 * on.
 */
export function ticketComment(incident: Incident, event: Event | null, page: string): TicketText {
  const { number, status, detectedAt, resolvedAt } = incident;
  const account =
    event === null || event.type === "ticket.opened" || incident.private
      ? `${incidentId(number)} is ${status}`
      : describeEvent(event);
  return written([
    { text: account },
    ...(resolvedAt === null
      ? []
      : [{ text: `It took ${formatDuration(Math.max(0, resolvedAt - detectedAt))}, until ${formatUtc(resolvedAt)}` }]),
    { text: "Incident", url: page },
    ...(resolvedAt === null ? [] : [{ text: "Postmortem", url: `${page}/postmortem` }]),
  ]);
}

function written(lines: readonly TicketLine[]): TicketText {
  const words = lines
    .filter(({ url }) => url === undefined)
    .map(({ strong, text }) => `${strong === undefined ? "" : `**${md(strong)}**`}${md(text)}`);
  const links = lines.flatMap(({ text, url }) => (url === undefined ? [] : [`- ${md(text)}: ${withoutUnfurl(url)}`]));
  return { lines, markdown: [...words, "", ...links].join("\n") };
}

/**
 * A tracker notifies everyone who is mentioned; what stands in a label must not call anyone. A word joiner is seen by
 * machines only.
 */
function md(text: string): string {
  return markdown(text).replaceAll("@", "@\u2060");
}

/**
 * The same page under an address without an "@": a tracker that does not recognize the link takes it for text, and the
 * "@" for a mention.
 */
function withoutUnfurl(url: string): string {
  return url.replaceAll("@", "%40");
}
