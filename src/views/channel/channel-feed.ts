import { definitionOf, describeEvent, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import { richText, joinText, clipText, mentionPerson, writtenLength, type RichText } from "#domain/values/rich-text.ts";
import { LONGEST_PART, textPart } from "#views/values/message-parts.ts";

/** Alert lines of one message beyond this are told as a sum. */
const MAX_ALERT_LINES = 5;

/** Whom a line calls: they are mentioned, so that their chat tells them. */
function addressee(event: Event): RichText | string {
  if (event.type === "escalation.exhausted")
    return joinText(
      (event.data.people ?? []).map((person) => richText`${mentionPerson(person)} `),
      "",
    );
  return event.type === "attention.requested" && event.data.to !== null
    ? richText`${mentionPerson(event.data.to)} `
    : "";
}

/** Everything since the last message, as one message; null when there is nothing worth telling. */
export function feedMessage(incident: Incident, events: readonly Event[]): ChatMessage | null {
  const feedEvents = events.filter((event) => definitionOf(event).feed !== null);
  if (feedEvents.length === 0) return null;
  const lines: RichText[] = [];
  const alertEvents = feedEvents.flatMap((event) =>
    event.type === "alerts.fired" || event.type === "alerts.resolved" ? [event] : [],
  );
  for (const event of feedEvents) {
    if (alertEvents.length > MAX_ALERT_LINES && (event.type === "alerts.fired" || event.type === "alerts.resolved"))
      continue;
    lines.push(richText`${definitionOf(event).feed!} ${addressee(event)}${describeEvent(event)}`);
  }
  if (alertEvents.length > MAX_ALERT_LINES) {
    const sum = (type: Event["type"]): number =>
      alertEvents.reduce((total, event) => (event.type === type ? total + event.data.count : total), 0);
    lines.push(
      richText`🔔 ${sum("alerts.fired")} alerts fired and ${sum("alerts.resolved")} resolved; ${incident.alerts.firing} of ${incident.alerts.total} are firing now`,
    );
  }
  // When it is too much for one message the oldest lines go: the timeline has them all.
  let from = 0;
  while (lines.length - from > 1 && writtenLength(joinText(lines.slice(from), "\n")) > LONGEST_PART) from++;
  const text = richText`${from > 0 ? richText`… ${from} earlier lines are in the timeline\n` : ""}${joinText(lines.slice(from), "\n")}`;
  return { text: clipText(text, LONGEST_PART), parts: [textPart(text)] };
}
