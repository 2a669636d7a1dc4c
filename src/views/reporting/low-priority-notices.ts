import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { incidentId } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { richText, joinText, linkText } from "#domain/values/rich-text.ts";
import { textPart, contextPart, fallbackText } from "#views/values/message-parts.ts";

const MAX_SHOWN = 10;

/** Incidents that get no channel of their own, told where their team looks: one message however many there are. */
export function noticesMessage(
  incidents: readonly Incident[],
  total: number,
  pageOf: (incident: LinkedIncident) => string,
): ChatMessage {
  const lines = incidents.slice(0, MAX_SHOWN).map((each) => {
    const { number, priority, title, priorityReason, links } = each;
    const runbook = links.runbook === null ? "no runbook" : linkText(links.runbook, "runbook");
    return richText`${priority} *${linkText(pageOf(each), incidentId(number))}* ${title} · ${runbook} · ${priorityReason}`;
  });
  const more = total > lines.length ? [contextPart(richText`… and ${total - lines.length} more`)] : [];
  const first = incidents[0];
  const text =
    total === 1 && first !== undefined
      ? richText`${first.priority} ${incidentId(first.number)}: ${first.title}`
      : richText`${total} new incidents without urgency`;
  return { text: fallbackText(text), parts: [textPart(joinText(lines, "\n")), ...more] };
}

/** The day's incidents that no one needs to look at now. */
export function digestMessage(
  day: string,
  incidents: readonly Incident[],
  now: number,
  pageOf: (incident: LinkedIncident) => string,
): ChatMessage {
  const byTitle = new Map<string, Incident[]>();
  for (const incident of incidents) byTitle.set(incident.title, [...(byTitle.get(incident.title) ?? []), incident]);
  const rows = [...byTitle.values()].toSorted((a, b) => b.length - a.length);
  const lines = rows.slice(0, 20).map((same) => {
    const last = same.at(-1)!;
    const state = last.resolvedAt === null ? richText`open for ${formatDuration(now - last.openedAt)}` : last.status;
    return richText`• ${same.length > 1 ? richText`${same.length} × ` : ""}${linkText(pageOf(last), incidentId(last.number))} ${last.priority} ${last.title} · ${state}`;
  });
  const more = rows.length > 20 ? [contextPart(richText`… and ${rows.length - 20} more kinds`)] : [];
  return {
    text: richText`Digest ${day}: ${incidents.length} low-priority incidents`,
    parts: [
      textPart(richText`*Digest ${day}*: ${incidents.length} low-priority incidents`),
      textPart(joinText(lines, "\n")),
      ...more,
    ],
  };
}
