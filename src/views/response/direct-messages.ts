import { writeReference } from "#domain/incident/incident-reference.ts";
import type { MessageTopic } from "#domain/effects/message-topic.ts";
import { describeEvent, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { incidentId, isOpen, ROLE_TITLES, type Person } from "#domain/values/language.ts";
import { ROLE_CHECKLISTS } from "./role-checklists.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  joinText,
  linkText,
  mentionPerson,
  mentionChannel,
  localTime,
  type RichText,
} from "#domain/values/rich-text.ts";
import { textMessage, textPart, contextPart, buttonsPart, fallbackText } from "#views/values/message-parts.ts";

/** A message for one person alone; null when what it would say is true no more. */
export function directMessage(incident: Incident, to: Person, about: MessageTopic, page: string): ChatMessage | null {
  switch (about.kind) {
    case "role":
      return roleMessage(incident, to, about, page);
    case "update-owed":
      return incident.updates.due === null
        ? null
        : textMessage(
            richText`⏰ An update of ${place(incident, page)} is overdue since ${localTime(incident.updates.due)}. \`/incident update TEXT\` in its channel, or the button below its card.`,
          );
    case "still-commander":
      return incident.roles.commander?.id !== to.id || !isOpen(incident.status)
        ? null
        : textMessage(
            richText`You left the channel of ${place(incident, page)} and still have command. Hand it over with \`/incident ${incidentId(incident.number)} handoff @USER\`, or come back.`,
          );
    case "postmortem":
      return ownerMessage(incident, to, page);
    case "review":
      return reviewerMessage(incident, page);
    case "attention":
      return attentionMessage(incident, page);
    case "page":
      return pageMessage(incident, about, page);
    case "handoff":
      return handoffMessage(incident, to, page);
    case "recheck":
      return isOpen(incident.status) ? reopenedMessage(incident, page) : null;
    case "reason":
      return incident.reasonOwedBy?.id === to.id ? reasonMessage(incident, page) : null;
  }
}

type Topic<Kind extends MessageTopic["kind"]> = Extract<MessageTopic, { readonly kind: Kind }>;

function roleMessage(incident: Incident, to: Person, about: Topic<"role">, page: string): ChatMessage | null {
  if (incident.roles[about.role]?.id !== to.id || !isOpen(incident.status)) return null;
  const text = richText`You are *${ROLE_TITLES[about.role]}* of ${place(incident, page)}: ${incident.title}`;
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

/** For the owner of a postmortem. */
function ownerMessage(incident: Incident, to: Person, page: string): ChatMessage | null {
  const { owner, due, state } = incident.postmortem;
  if (owner?.id !== to.id || state === "reviewed" || state === "closed") return null;
  return textMessage(
    richText`📄 You own the postmortem of ${place(incident, page)}: ${titleOf(incident)}${due === null ? "" : richText`, due by *${due}*`}. ${linkText(`${page}/postmortem`, "Most of it is written")}; \`/incident ${incidentId(incident.number)} postmortem\` shows what is missing.`,
  );
}

function reviewerMessage(incident: Incident, page: string): ChatMessage | null {
  if (incident.postmortem.state !== "in review") return null;
  return textMessage(
    richText`🔎 You are asked to review the ${linkText(`${page}/postmortem`, "postmortem")} of ${place(incident, page)}: ${titleOf(incident)}. When it is good: \`/incident ${incidentId(incident.number)} postmortem reviewed\`.`,
  );
}

/** For whoever has an incident in which something new fires; null when they have seen it. */
function attentionMessage(incident: Incident, page: string): ChatMessage | null {
  const isUnseen = [incident.escalation, ...Object.values(incident.teamEscalations)].some(
    ({ unseenSince }) => unseenSince !== null,
  );
  if (!isOpen(incident.status) || !isUnseen) return null;
  const what = incident.private ? "" : richText`: ${incident.title}`;
  return {
    text: fallbackText(richText`👉 Something new fires in ${incidentId(incident.number)}`),
    parts: [
      textPart(
        richText`👉 Something new fires in ${place(incident, page)}, which you have${what}. Without activity people are paged again.`,
      ),
      buttonsPart(`attention:${incident.number}`, [actionButton("acknowledge", writeReference(incident), "primary")]),
    ],
  };
}

function pageMessage(incident: Incident, about: Topic<"page">, page: string): ChatMessage | null {
  // Someone has answered since.
  if (about.key === undefined ? incident.status !== "triggered" : !isWaiting(incident, about.key)) return null;
  // Under a page, it is that page which is answered, by either button.
  const reference = writeReference(incident);
  const under = about.key === undefined ? reference : `${reference} ${about.key}`;
  const what = incident.private
    ? "a private incident"
    : richText`${incident.title}\nWhy ${incident.priority}: ${incident.priorityReason}`;
  return {
    text: fallbackText(
      richText`🚨 ${incident.priority} ${incidentId(incident.number)}: ${incident.private ? "private" : incident.title}`,
    ),
    parts: [
      textPart(richText`🚨 *${incident.priority}* ${place(incident, page)}: ${what}`),
      buttonsPart(`page:${incident.number}`, [
        actionButton("acknowledge", under, "primary"),
        actionButton("command", under),
      ]),
    ],
  };
}

/** For whoever ended an incident whose alerts still fire. */
function reopenedMessage(incident: Incident, page: string): ChatMessage {
  const { number, alerts } = incident;
  return {
    text: fallbackText(richText`${incidentId(number)} is open again: alerts still fire`),
    parts: [
      textPart(
        richText`🔁 You ended ${place(incident, page)} while alerts fired, and ${stillFiring(alerts)}: ${titleOf(incident)}. It is open again, and people are being paged.`,
      ),
      buttonsPart(`page:${number}`, [
        actionButton("acknowledge", writeReference(incident), "primary"),
        actionButton("command", writeReference(incident)),
      ]),
    ],
  };
}

function reasonMessage(incident: Incident, page: string): ChatMessage {
  return textMessage(
    richText`❓ You ended ${place(incident, page)} in the pager while ${stillFiring(incident.alerts)}: ${titleOf(incident)}. ${reasonHint(incident)}`,
  );
}

function reasonHint({ number }: Incident): RichText {
  return richText`To say why: \`/incident ${incidentId(number)} resolve REASON\`. If it is not over: \`/incident ${incidentId(number)} reopen\`.`;
}

function stillFiring({ firing }: Incident["alerts"]): string {
  return firing === 1 ? "1 alert still fires" : `${firing} alerts still fire`;
}

function handoffMessage(incident: Incident, to: Person, page: string): ChatMessage | null {
  if (incident.handoff?.to.id !== to.id) return null;
  return {
    text: fallbackText(richText`${incident.handoff.from.name} offers you command of ${incidentId(incident.number)}`),
    parts: [
      textPart(
        richText`${mentionPerson(incident.handoff.from)} offers you command of ${place(incident, page)}: ${incident.title}. They have it until you take it.`,
      ),
      buttonsPart(`handoff:${incident.number}`, [
        actionButton("take", writeReference(incident)),
        actionButton("declineHandoff", writeReference(incident)),
      ]),
    ],
  };
}

/** Whether a page is still to be answered: not by someone else for a page of the escalation policy, by no one else for a call by name. */
function isWaiting({ pages, status }: Incident, key: string): boolean {
  const page = pages.find((each) => each.key === key);
  return isOpen(status) && page !== undefined && ["requested", "sent", "failed"].includes(page.status);
}

/** An event, told where incidents are watched; null for one that is not for there. */
export function eventAnnouncement(incident: Incident, event: Event, page: string): ChatMessage | null {
  if (event.type === "update.posted") {
    const head = richText`📣 ${event.data.audience === "customer" ? "Customers were told" : "Update"} · ${place(incident, page)} · ${incident.priority} *${incident.status}*`;
    const next = incident.updates.due === null ? "" : richText` · next update by ${localTime(incident.updates.due)}`;
    return {
      text: fallbackText(richText`${incidentId(incident.number)} update: ${event.data.text}`),
      parts: [
        textPart(richText`${head}\n${event.data.text}`),
        contextPart(richText`${event.actor.name} at ${localTime(event.at)}${next}`),
      ],
    };
  }
  if (event.type === "escalation.unstaffed")
    return textMessage(
      richText`🚨 ${linkText(page, incidentId(incident.number))} ${incident.priority} ${incident.title}: ${describeEvent(event)}`,
    );
  // People are addressed about it: a mention reaches them where it is followed.
  if (event.type === "incident.reopened" && event.data.tell !== undefined)
    return textMessage(
      richText`🔁 ${mentionPerson(event.data.tell)}: ${place(incident, page)} is open again. ${event.data.reason}.`,
    );
  if (event.type === "reason.asked")
    return textMessage(
      richText`❓ ${mentionPerson(event.data.of)} ended ${place(incident, page)} in the pager while ${stillFiring(incident.alerts)}. ${reasonHint(incident)}`,
    );
  return event.type === "channel.drifted"
    ? textMessage(richText`⚠️ ${linkText(page, incidentId(incident.number))}: ${event.data.what}`)
    : null;
}

/** In the channel of an incident that was merged: where it goes on. */
export function mergeNotice(merged: Incident, mergeTarget: Incident, page: string): ChatMessage {
  const room =
    mergeTarget.channel === null || mergeTarget.channel.url === ""
      ? ""
      : richText` Go on in ${mentionChannel(mergeTarget.channel)}.`;
  return textMessage(
    richText`🔗 ${incidentId(merged.number)} is now a part of ${linkText(page, incidentId(mergeTarget.number))} ${mergeTarget.title}.${room}`,
  );
}

function titleOf({ private: hidden, title }: Incident): string {
  return hidden ? "a private incident" : title;
}

/** The incident by its number, and its channel when there is one. */
function place(incident: Incident, page: string): RichText {
  const { channel } = incident;
  return richText`${linkText(page, incidentId(incident.number))}${channel === null || channel.url === "" ? "" : richText` ${mentionChannel(channel)}`}`;
}
