import type { Incident } from "#domain/incident.ts";
import { duration } from "#domain/instant.ts";
import { incidentId } from "#domain/language.ts";
import { context, escape, fallback, link, section, type SlackMessage } from "./slack.ts";

const SHOWN = 10;

/** Incidents that get no channel of their own, told where their team looks: one message however many there are. */
export function notices(incidents: readonly Incident[], total: number, pageOf: (number: number) => string): SlackMessage {
  const lines = incidents.slice(0, SHOWN).map(({ number, priority, title, priorityReason, links }) => {
    const runbook = links.runbook === null ? "no runbook" : link(links.runbook, "runbook");
    return `${priority} *${link(pageOf(number), incidentId(number))}* ${escape(title)} · ${runbook} · ${escape(priorityReason)}`;
  });
  const more = total > lines.length ? [context(`… and ${total - lines.length} more`)] : [];
  const first = incidents[0];
  const text =
    total === 1 && first !== undefined ? `${first.priority} ${incidentId(first.number)}: ${escape(first.title)}` : `${total} new incidents without urgency`;
  return { text: fallback(text), blocks: [section(lines.join("\n")), ...more] };
}

/** The day's incidents that nobody needs to look at now. */
export function digest(day: string, incidents: readonly Incident[], now: number, pageOf: (number: number) => string): SlackMessage {
  const byTitle = new Map<string, Incident[]>();
  for (const incident of incidents) byTitle.set(incident.title, [...(byTitle.get(incident.title) ?? []), incident]);
  const rows = [...byTitle.values()].toSorted((a, b) => b.length - a.length);
  const lines = rows.slice(0, 20).map((same) => {
    const last = same.at(-1)!;
    const state = last.resolvedAt === null ? `open for ${duration(now - last.openedAt)}` : last.status;
    return `• ${same.length > 1 ? `${same.length} × ` : ""}${link(pageOf(last.number), incidentId(last.number))} ${last.priority} ${escape(last.title)} · ${state}`;
  });
  const more = rows.length > 20 ? [context(`… and ${rows.length - 20} more kinds`)] : [];
  return {
    text: `Digest ${day}: ${incidents.length} low-priority incidents`,
    blocks: [section(`*Digest ${day}*: ${incidents.length} low-priority incidents`), section(lines.join("\n")), ...more],
  };
}
