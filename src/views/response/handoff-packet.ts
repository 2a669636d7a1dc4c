import { describeEvent, type Event } from "#domain/events/event-registry.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import type { ChatMessage, MessagePart } from "#domain/values/chat-message.ts";
import { formatDuration } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, ROLE_TITLES, ROLES, type Instant } from "#domain/values/language.ts";
import { joinText, linkText, localTime, mentionPerson, richText } from "#domain/values/rich-text.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import {
  buttonsPart,
  contextPart,
  fallbackText,
  fieldsPart,
  textMessage,
  textPart,
} from "#views/values/message-parts.ts";

/** In the place of an offer of command that ended: what became of it, without buttons. */
export function endedHandoff(incident: Incident, event: Event): ChatMessage {
  return textMessage(richText`🤝 ${incidentId(incident.number)}: ${describeEvent(event)} · ${localTime(event.at)}`);
}

/** All that the next commander must know, computed, and the button that takes command. */
export function handoffPacket(incident: Incident, now: Instant, page: string): ChatMessage {
  const { handoff, updates, alerts, tasks, roles, pages, number } = incident;
  const to = handoff?.to ?? { id: "", name: "no one" };
  const from = handoff?.from ?? { id: "", name: "no one" };
  const open = tasks.filter(({ doneAt, kind }) => doneAt === null && kind === "task");
  const empty = ROLES.filter((role) => roles[role] === null).map((role) => ROLE_TITLES[role]);
  const unanswered = pages.filter(({ status }) => status === "requested" || status === "sent" || status === "failed");
  const lines = open
    .slice(0, 10)
    .map(({ id, text, owner }) => richText`• ${id}: ${text}${owner === null ? "" : richText` (${owner.name})`}`);
  const parts: MessagePart[] = [
    textPart(
      richText`🤝 ${mentionPerson(from)} offers command to ${mentionPerson(to)}. ${from.name} has it until it is taken.`,
    ),
    fieldsPart([
      [
        "State",
        richText`${incident.priority} *${incident.status}*, ${formatDuration(now - incident.detectedAt)} since it began`,
      ],
      ["Firing", richText`${alerts.firing} of ${alerts.total} alerts`],
      ["Last update", updates.last === null ? "none yet" : localTime(updates.last)],
      ["Next update due", updates.due === null ? "none owed" : localTime(updates.due)],
      ["Unassigned roles", empty.length === 0 ? "none" : joinText(empty, ", ")],
      [
        "Pages not answered",
        unanswered.length === 0
          ? "none"
          : joinText(
              unanswered.map((each) => richText`${each.to} (${each.status})`),
              ", ",
            ),
      ],
    ]),
    textPart(
      richText`*Open tasks*\n${lines.length === 0 ? "none" : joinText(lines, "\n")}${open.length > 10 ? richText`\n… and ${open.length - 10} more` : ""}`,
    ),
    contextPart(richText`${linkText(page, "More on the incident page")}`),
    buttonsPart(`handoff:${number}`, [
      actionButton("take", writeReference(incident)),
      actionButton("declineHandoff", writeReference(incident)),
    ]),
  ];
  return { text: fallbackText(richText`${from.name} offers command of ${incidentId(number)} to ${to.name}`), parts };
}
