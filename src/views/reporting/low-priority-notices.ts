import type { Incident } from "#domain/incident/incident.ts";
import { formatDuration } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";
import { contextBlock, escapeMrkdwn, fallbackText, mrkdwnLink, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

const SHOWN = 10;

/** Incidents that get no channel of their own, told where their team looks: one message however many there are. */
export function noticesMessage(incidents: readonly Incident[], total: number, pageOf: (number: number) => string): SlackMessage {
  const lines = incidents.slice(0, SHOWN).map(({ number, priority, title, priorityReason, links }) => {
    const runbook = links.runbook === null ? "no runbook" : mrkdwnLink(links.runbook, "runbook");
    return `${priority} *${mrkdwnLink(pageOf(number), incidentId(number))}* ${escapeMrkdwn(title)} · ${runbook} · ${escapeMrkdwn(priorityReason)}`;
  });
  const more = total > lines.length ? [contextBlock(`… and ${total - lines.length} more`)] : [];
  const first = incidents[0];
  const text =
    total === 1 && first !== undefined
      ? `${first.priority} ${incidentId(first.number)}: ${escapeMrkdwn(first.title)}`
      : `${total} new incidents without urgency`;
  return { text: fallbackText(text), blocks: [sectionBlock(lines.join("\n")), ...more] };
}

/** The day's incidents that nobody needs to look at now. */
export function digestMessage(day: string, incidents: readonly Incident[], now: number, pageOf: (number: number) => string): SlackMessage {
  const byTitle = new Map<string, Incident[]>();
  for (const incident of incidents) byTitle.set(incident.title, [...(byTitle.get(incident.title) ?? []), incident]);
  const rows = [...byTitle.values()].toSorted((a, b) => b.length - a.length);
  const lines = rows.slice(0, 20).map((same) => {
    const last = same.at(-1)!;
    const state = last.resolvedAt === null ? `open for ${formatDuration(now - last.openedAt)}` : last.status;
    return `• ${same.length > 1 ? `${same.length} × ` : ""}${mrkdwnLink(pageOf(last.number), incidentId(last.number))} ${last.priority} ${escapeMrkdwn(last.title)} · ${state}`;
  });
  const more = rows.length > 20 ? [contextBlock(`… and ${rows.length - 20} more kinds`)] : [];
  return {
    text: `Digest ${day}: ${incidents.length} low-priority incidents`,
    blocks: [sectionBlock(`*Digest ${day}*: ${incidents.length} low-priority incidents`), sectionBlock(lines.join("\n")), ...more],
  };
}
