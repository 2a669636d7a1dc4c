import { writeReference } from "#domain/incident/incident-reference.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import { richText } from "#domain/values/rich-text.ts";
import { actionButton } from "#views/values/action-buttons.ts";
import { buttonsPart, fallbackText, textMessage, textPart } from "#views/values/message-parts.ts";

/** In the place of what was written about an incident before it was made private. */
export function hiddenMessage({ number }: Incident): ChatMessage {
  return textMessage(richText`🔒 ${incidentId(number)} is private`);
}

/** The last message of the channel that it had. */
export function formerChannelNotice(incident: Incident): ChatMessage {
  const text = richText`🔒 ${incidentId(incident.number)} is private now and goes on in a channel of its own. Those who respond to it are invited there.`;
  return {
    text: fallbackText(text),
    parts: [
      textPart(text),
      buttonsPart(`former:${incident.number}`, [actionButton("requestAccess", writeReference(incident))]),
    ],
  };
}
