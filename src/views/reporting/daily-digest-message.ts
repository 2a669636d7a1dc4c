import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import type { BoundedList } from "#domain/reporting/bounded-list.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { incidentId } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { richText, joinText, linkText } from "#domain/values/rich-text.ts";
import { textPart, contextPart } from "#views/values/message-parts.ts";

/** The day's incidents that no one needs to look at now; the kinds are those of the ones given. */
export function digestMessage(
  day: string,
  { count, items: incidents }: BoundedList<Incident>,
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
  const kinds = rows.length > 20 ? [`… and ${rows.length - 20} more kinds`] : [];
  const read = incidents.length < count ? [`kinds of the first ${incidents.length} of ${count} incidents`] : [];
  const notes = [...kinds, ...read];
  const more = notes.length > 0 ? [contextPart(notes.join(" · "))] : [];
  return {
    text: richText`Digest ${day}: ${count} low-priority incidents`,
    parts: [
      textPart(richText`*Digest ${day}*: ${count} low-priority incidents`),
      textPart(joinText(lines, "\n")),
      ...more,
    ],
  };
}
