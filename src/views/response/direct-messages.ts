import { writeReference } from "#domain/incident/incident-reference.ts";
import type { MessageTopic } from "#domain/effects/message-topic.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, ROLE_TITLES, type Person } from "#domain/values/language.ts";
import { attentionMessage, newPageMessage, reasonMessage, reopenedMessage } from "#views/paging/page-messages.ts";
import { ownerMessage, reviewerMessage } from "#views/postmortem/postmortem-reminders.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { incidentPlace, incidentTitle } from "#views/values/incident-place.ts";
import type { ChatButton, ChatMessage } from "#domain/values/chat-message.ts";
import { richText, joinText, mentionPerson, localTime } from "#domain/values/rich-text.ts";
import { textMessage, textPart, buttonsPart, fallbackText } from "#views/values/message-parts.ts";
import { ROLE_CHECKLISTS } from "./role-checklists.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { writeMention } from "#domain/values/mention.ts";

/** A message for one person alone; null when its content is not true by now. `description`: of what fires, for a page. */
export function directMessage(
  incident: Incident,
  to: Person,
  about: MessageTopic,
  page: string,
  description: string | null = null,
): ChatMessage | null {
  switch (about.kind) {
    case "role":
      return roleMessage(incident, to, about, page);
    case "update-owed":
      return updateNudge(incident, page);
    case "command-missing":
      return commandNudge(incident, page);
    case "access":
      return accessMessage(incident, about.person, page);
    case "task":
      return taskMessage(incident, to, about.task, page);
    case "still-commander":
      return !isSamePerson(null, incident.roles.commander, to) || !isOpen(incident.status)
        ? null
        : textMessage(
            richText`You left the channel of ${incidentPlace(incident, page)} and still have command. Hand it over with \`/incident ${incidentId(incident.number)} handoff @USER\`, or come back.`,
          );
    case "postmortem":
      return ownerMessage(incident, to, page);
    case "review":
      return reviewerMessage(incident, page);
    case "attention":
      return attentionMessage(incident, page);
    case "page":
      return newPageMessage(incident, about.key, page, { description, to });
    case "handoff":
      return handoffMessage(incident, to, page);
    case "recheck":
      return isOpen(incident.status) ? reopenedMessage(incident, page) : null;
    case "reason":
      return isSamePerson(null, incident.reasonOwedBy, to) ? reasonMessage(incident, page) : null;
  }
}

/** The update that someone owes, with the form for it. */
function updateNudge(incident: Incident, page: string): ChatMessage | null {
  const { updates, number } = incident;
  if (updates.due === null) return null;
  return {
    text: fallbackText(richText`⏰ The update of ${incidentId(number)} is overdue`),
    parts: [
      textPart(richText`⏰ The update of ${incidentPlace(incident, page)} is overdue since ${localTime(updates.due)}.`),
      buttonsPart(`nudge:${number}`, [
        actionButton("update", writeReference(incident), "primary"),
        ...snooze(incident),
      ]),
    ],
  };
}

/** No one has command of an incident that someone has acknowledged. */
function commandNudge(incident: Incident, page: string): ChatMessage | null {
  const { roles, status, number } = incident;
  if (roles.commander !== null || !isOpen(status)) return null;
  return {
    text: fallbackText(richText`🧭 No one has command of ${incidentId(number)}`),
    parts: [
      textPart(richText`🧭 No one has command of ${incidentPlace(incident, page)}: ${incidentTitle(incident)}`),
      buttonsPart(`nudge:${number}`, [
        actionButton("command", writeReference(incident), "primary"),
        ...snooze(incident),
      ]),
    ],
  };
}

function snooze(incident: Incident): readonly ChatButton[] {
  const about = writeReference(incident);
  return [actionButton("snooze10", about), actionButton("snooze30", about), actionButton("snooze60", about)];
}

/** Someone asks to be let into a private incident. */
function accessMessage(incident: Incident, person: Person, page: string): ChatMessage | null {
  if (!incident.private || !isOpen(incident.status)) return null;
  return {
    text: fallbackText(richText`🔑 ${person.name} asks for access to ${incidentId(incident.number)}`),
    parts: [
      textPart(
        richText`🔑 ${mentionPerson(person)} asks for access to ${incidentPlace(incident, page)}, a private incident.`,
      ),
      buttonsPart(`access:${incident.number}`, [
        actionButton("letIn", `${writeReference(incident)} ${writeMention(person.id, null)}`, "primary"),
      ]),
    ],
  };
}

/** A task that someone gave them; null once it is done. */
function taskMessage(incident: Incident, to: Person, id: number, page: string): ChatMessage | null {
  const task = incident.tasks.find((each) => each.id === id);
  if (task === undefined || task.doneAt !== null || !isSamePerson(null, task.owner, to)) return null;
  const what = task.kind === "task" ? "Task" : "Follow-up";
  const due = task.due === null ? "" : ` · due ${task.due}`;
  return {
    text: fallbackText(richText`☐ ${what} ${id} of ${incidentId(incident.number)} is yours: ${task.text}`),
    parts: [
      textPart(richText`☐ ${what} ${id} of ${incidentPlace(incident, page)} is yours: ${task.text}${due}`),
      buttonsPart(`task:${incident.number}:${id}`, [
        actionButton("doneTask", `${writeReference(incident)} ${id}`, "primary"),
      ]),
    ],
  };
}

type Topic<Kind extends MessageTopic["kind"]> = Extract<MessageTopic, { readonly kind: Kind }>;

function roleMessage(incident: Incident, to: Person, about: Topic<"role">, page: string): ChatMessage | null {
  if (!isSamePerson(null, incident.roles[about.role], to) || !isOpen(incident.status)) return null;
  const text = richText`You are *${ROLE_TITLES[about.role]}* of ${incidentPlace(incident, page)}: ${incident.title}`;
  return {
    text: fallbackText(
      richText`You are ${ROLE_TITLES[about.role]} of ${incidentId(incident.number)}: ${incident.title}`,
    ),
    parts: [
      textPart(text),
      textPart(
        joinText(
          ROLE_CHECKLISTS[about.role].map((step) => richText`☐ ${step}`),
          "\n",
        ),
      ),
    ],
  };
}

function handoffMessage(incident: Incident, to: Person, page: string): ChatMessage | null {
  const { handoff } = incident;
  if (handoff === null || !isSamePerson(null, handoff.to, to)) return null;
  return {
    text: fallbackText(richText`${handoff.from.name} offers you command of ${incidentId(incident.number)}`),
    parts: [
      textPart(
        richText`${mentionPerson(handoff.from)} offers you command of ${incidentPlace(incident, page)}: ${incident.title}. They have it until you take it.`,
      ),
      buttonsPart(`handoff:${incident.number}`, [
        actionButton("take", writeReference(incident)),
        actionButton("declineHandoff", writeReference(incident)),
      ]),
    ],
  };
}
