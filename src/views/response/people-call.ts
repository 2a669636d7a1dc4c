import { describeEvent, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { incidentId } from "#domain/values/language.ts";
import { clipText, joinText, linkText, mentionPerson, richText } from "#domain/values/rich-text.ts";
import { fallbackText, textPart } from "#views/values/message-parts.ts";

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
