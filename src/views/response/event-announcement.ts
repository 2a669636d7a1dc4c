import { definitionOf, describeEvent, type Event } from "#domain/events/event-registry.ts";
import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { describeActor, describeVia } from "#domain/values/api-actor.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import {
  clipText,
  linkText,
  localTime,
  mentionChannel,
  mentionPerson,
  richText,
  struckText,
} from "#domain/values/rich-text.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { incidentPlace } from "#views/values/incident-place.ts";
import {
  buttonsPart,
  contextPart,
  fallbackText,
  LONGEST_PART,
  textMessage,
  textPart,
} from "#views/values/message-parts.ts";
import { firingCount, reasonHint } from "#views/values/reason-hint.ts";

/** An event, where incidents are watched: the sentence of the timeline, for those that have no words of their own for there. */
export function eventAnnouncement(incident: Incident, event: Event, page: string): ChatMessage {
  if (event.type === "update.posted") {
    const head = richText`📣 ${event.data.audience === "customer" ? "Customers were told" : "Update"} · ${incidentPlace(incident, page)} · ${incident.priority} *${incident.status}*`;
    const next = incident.updates.due === null ? "" : richText` · next update by ${localTime(incident.updates.due)}`;
    return {
      text: fallbackText(richText`${incidentId(incident.number)} update: ${event.data.text}`),
      parts: [
        textPart(richText`${head}\n${event.data.text}`),
        contextPart(richText`${describeActor(event.actor)} at ${localTime(event.at)}${next}`),
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
      richText`🔁 ${mentionPerson(event.data.tell)}: ${incidentPlace(incident, page)} is open again. ${event.data.reason}.`,
    );
  if (event.type === "reason.asked")
    return textMessage(
      richText`❓ ${mentionPerson(event.data.of)} ended ${incidentPlace(incident, page)} in the pager while ${firingCount(incident.alerts)}. ${reasonHint(incident)}`,
    );
  const emoji = event.type === "channel.drifted" ? "⚠️" : (definitionOf(event).feed ?? "📣");
  return textMessage(
    richText`${emoji} ${linkText(page, incidentId(incident.number))}: ${describeEvent(event)}${describeVia(event.actor)}`,
  );
}

/** What is announced, for someone who follows the incident: with the button that ends it. */
export function subscriberMessage(incident: Incident, message: ChatMessage): ChatMessage {
  const unsubscribe = actionButton("unsubscribe", writeReference(incident));
  return { ...message, parts: [...message.parts, buttonsPart(`subscriber:${incident.number}`, [unsubscribe])] };
}

/** What was announced and then undone, where it stands: struck out, with who undid it. */
export function retractedAnnouncement(incident: Incident, event: Event, undoing: Event, page: string): ChatMessage {
  const text = event.type === "update.posted" ? event.data.text : describeEvent(event);
  const id = incidentId(incident.number);
  return {
    text: fallbackText(richText`${undoing.actor.name} undid this update of ${id}`),
    parts: [
      textPart(clipText(richText`↩️ ${incidentPlace(incident, page)}\n${struckText(text)}`, LONGEST_PART)),
      contextPart(richText`${describeActor(undoing.actor)} undid this ${localTime(undoing.at)}`),
    ],
  };
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
