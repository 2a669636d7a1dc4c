import type { TimelineEntry } from "#domain/events/timeline.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { nextPageText, waitingText } from "#domain/paging/escalation-text.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { incidentId, ROLE_TITLES, ROLES, type Instant } from "#domain/values/language.ts";
import {
  clipText,
  joinText,
  linkList,
  localTime,
  mentionPerson,
  richText,
  type RichText,
} from "#domain/values/rich-text.ts";
import { STATUS_EMOJI } from "#views/channel/incident-card.ts";
import { contextPart, fallbackText, textPart } from "#views/values/message-parts.ts";

/**
 * What someone who joins the channel of an incident must know first, in a few lines: state, roles, the last update, what is
 * next, links. `update`: the last one; null when there is none. `page`: the address of the incident's page.
 */
export function memberBriefing(
  incident: Incident,
  update: Pick<TimelineEntry, "at" | "summary"> | null,
  page: string,
  now: Instant,
): ChatMessage {
  const { number, priority, status, title, alerts, detectedAt, links } = incident;
  const firing = alerts.total === 0 ? "" : ` · ${alerts.firing} of ${alerts.total} alerts firing`;
  const lines = [
    richText`${STATUS_EMOJI[status]} *${incidentId(number)}* ${priority} *${status}* for ${formatDuration(Math.max(0, now - detectedAt))}${firing}: ${title}`,
    rolesLine(incident),
    update === null ? richText`No update yet` : richText`${localTime(update.at)} ${clipText(update.summary, 500)}`,
    ...nextLines(incident),
  ];
  const row = [
    { title: "Incident page", url: page },
    ...(links.runbook === null ? [] : [{ title: "Runbook", url: links.runbook }]),
    ...links.dashboards.slice(0, 3),
  ];
  return {
    text: fallbackText(richText`${incidentId(number)} ${priority} ${status}: ${title}`),
    parts: [textPart(joinText(lines, "\n")), contextPart(linkList(row))],
  };
}

function rolesLine({ roles }: Incident): RichText {
  const held = ROLES.flatMap((role) =>
    roles[role] === null ? [] : [richText`${ROLE_TITLES[role]} ${mentionPerson(roles[role])}`],
  );
  const command = roles.commander === null ? ["no one has command: `/incident ic` takes it"] : [];
  return joinText([...held, ...command.map((words) => richText`${words}`)], " · ");
}

function nextLines(incident: Incident): readonly RichText[] {
  const next = nextPageText(incident) ?? waitingText(incident);
  const { updates, tasks } = incident;
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task").length;
  const parts = [
    ...(next === null ? [] : [next]),
    ...(updates.due === null ? [] : [richText`next update by ${localTime(updates.due)}`]),
    ...(open === 0 ? [] : [richText`${open} open ${open === 1 ? "task" : "tasks"}`]),
  ];
  return parts.length === 0 ? [] : [richText`Next: ${joinText(parts, " · ")}`];
}
