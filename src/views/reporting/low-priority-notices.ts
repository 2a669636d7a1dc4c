import type { Incident } from "#domain/incident/incident.ts";
import type { LinkedIncident } from "#domain/incident/incident-reference.ts";
import { incidentId } from "#domain/values/language.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { richText, joinText, linkText } from "#domain/values/rich-text.ts";
import { textPart, contextPart, fallbackText } from "#views/values/message-parts.ts";

const MAX_SHOWN = 10;

/** Incidents that get no channel of their own, posted where their team looks: one message however many there are. */
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
