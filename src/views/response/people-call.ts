import { describeEvent, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import { clipText, joinText, linkText, mentionPerson, richText } from "#domain/values/rich-text.ts";
import { fallbackText, textMessage, textPart } from "#views/values/message-parts.ts";

/** What waits for people in an incident without a channel: who they are, and what happened. */
export function peopleCall(
  { number, priority, status, title, private: isPrivate }: Incident,
  event: Event,
  people: readonly RoutedPerson[],
  page: string,
): ChatMessage {
  const mentions = joinText(
    people.map(({ chatId, name }) => mentionPerson({ id: chatId ?? "", name })),
    ", ",
  );
  const what = isPrivate ? "private, open the link" : richText`${priority} *${status}* ${title}`;
  const head = richText`🔔 ${people.length === 0 ? "" : richText`${mentions}: `}${linkText(page, incidentId(number))} ${what}`;
  const happened = isPrivate ? "It waits for you." : describeEvent(event);
  return {
    text: fallbackText(richText`🔔 ${incidentId(number)}: ${happened}`),
    parts: [textPart(clipText(richText`${head}\n${happened}`, 2_900))],
  };
}

/**
 * Something waits in a private incident, and no one of it can be reached: everyone reads that, and nothing of the
 * incident.
 */
export function unreachedNotice(): ChatMessage {
  return textMessage(
    "🔒 Something waits for people of a private incident, and none of them is known in this chat. Those who may see it find it on Muster's front page; whoever runs Muster sets their ids under `people`.",
  );
}
