import { definitionOf, describeEvent, type Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { cutMarkup, escapeMrkdwn, sectionBlock, type SlackMessage } from "#views/values/block-kit.ts";

/** Alert lines of one message beyond this are told as a sum. */
const MANY = 5;

/** Everything since the last message, as one message; null when there is nothing worth telling. */
export function feedMessage(incident: Incident, events: readonly Event[]): SlackMessage | null {
  const told = events.filter((event) => definitionOf(event).feed !== null);
  if (told.length === 0) return null;
  const lines: string[] = [];
  const alertEvents = told.flatMap((event) => (event.type === "alerts.fired" || event.type === "alerts.resolved" ? [event] : []));
  for (const event of told) {
    if (alertEvents.length > MANY && (event.type === "alerts.fired" || event.type === "alerts.resolved")) continue;
    lines.push(`${definitionOf(event).feed} ${escapeMrkdwn(describeEvent(event))}`);
  }
  if (alertEvents.length > MANY) {
    const sum = (type: Event["type"]): number => alertEvents.reduce((total, event) => (event.type === type ? total + event.data.count : total), 0);
    lines.push(
      `🔔 ${sum("alerts.fired")} alerts fired and ${sum("alerts.resolved")} resolved; ${incident.alerts.firing} of ${incident.alerts.total} are firing now`,
    );
  }
  // When it is too much for one message the oldest lines go: the timeline has them all.
  let from = 0;
  while (lines.length - from > 1 && lines.slice(from).join("\n").length > 2_900) from++;
  const text = `${from > 0 ? `… ${from} earlier lines are in the timeline\n` : ""}${lines.slice(from).join("\n")}`;
  return { text: cutMarkup(text, 3_000), blocks: [sectionBlock(text)] };
}
