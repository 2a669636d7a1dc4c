import { definitionOf, describeEvent, describeInChat, type Event } from "#domain/events/event-registry.ts";
import { describeVia } from "#domain/values/api-actor.ts";
import { isOwn } from "#domain/events/wording.ts";
import type { Person } from "#domain/values/language.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { ChatMessage } from "#domain/values/chat-message.ts";
import {
  richText,
  isEmptyText,
  joinText,
  clipText,
  localClock,
  localTime,
  mentionPerson,
  writtenLength,
  type RichText,
  type TextLike,
} from "#domain/values/rich-text.ts";
import { LONGEST_PART, textPart } from "#views/values/message-parts.ts";
import { feedKind, RUN_REPORTS, type FeedKind } from "./feed-kinds.ts";

/** Alert lines of one message beyond this are counted. */
const MAX_ALERT_LINES = 5;

/** Whom a line calls: they are mentioned, so that their chat notifies them. */
function addressee(incident: Incident, event: Event): RichText | string {
  return joinText(
    addressed(incident, event).map((person) => richText`${mentionPerson(person)} `),
    "",
  );
}

/** What happened, with whom it calls; an escalation mentions them where it names them, when the chat has all of them. */
function describeLine(incident: Incident, event: Event): RichText {
  const people = event.type === "escalation.advanced" ? addressed(incident, event) : [];
  const isPartly = incident.pages.some(
    ({ requestedAt, people: all = [], chat = [] }) => requestedAt === event.at && all.length > chat.length,
  );
  const given = givenTo(incident, event);
  if (given !== null) return given;
  if (event.type !== "escalation.advanced" || people.length === 0 || isPartly)
    return richText`${addressee(incident, event)}${describeInChat(event)}`;
  const words = describeEvent(event);
  const at = words.indexOf(event.data.to);
  const mentions = joinText(people.map(mentionPerson), ", ");
  return richText`${words.slice(0, at)}${mentions}${words.slice(at + event.data.to.length)}`;
}

/** A role or a task that someone is given: mentioned where they are named. null: it is neither, or is their own. */
function givenTo(incident: Incident, event: Event): RichText | null {
  const [person] = event.type === "role.assigned" || event.type === "task.added" ? addressed(incident, event) : [];
  if (person === undefined) return null;
  const words = describeEvent(event);
  // A task ends with its owner and its day, and a role names its holder after who gave it.
  const at =
    event.type === "task.added" ? words.lastIndexOf(`, ${person.name}`) + 2 : words.indexOf(`made ${person.name} `) + 5;
  if (!words.startsWith(person.name, at)) return null;
  return richText`${words.slice(0, at)}${mentionPerson(person)}${words.slice(at + person.name.length)}`;
}

/** Those for whom something waits after an event, and who is given something to do by it. */
function addressed(incident: Incident, event: Event): readonly Person[] {
  if (event.type === "task.added") return assigned(event, event.data.owner);
  if (event.type === "role.assigned") return assigned(event, event.data.person);
  if (event.type === "escalation.advanced" || event.type === "incident.unacknowledged") return pagedBy(incident, event);
  const matter = definitionOf(event).waitsFor(event, incident);
  if (matter === null) return [];
  const { people = [], asleep = false, team } = matter;
  if (people.length > 0) return people;
  // Who is looked for is not who has it.
  const holder = asleep || team !== undefined ? null : (incident.roles.commander ?? incident.acknowledgedBy);
  return holder === null ? [] : [holder];
}

/** Who was paged with an event, where the chat has them: they must act now. */
function pagedBy({ pages }: Incident, { at }: Event): readonly Person[] {
  const ids = pages.flatMap(({ requestedAt, status, to, chat = [] }) =>
    requestedAt === at && status !== "canceled" ? chat.map((id): Person => ({ id, name: to })) : [],
  );
  return [...new Map(ids.map((person) => [person.id, person])).values()];
}

function assigned({ actor }: Event, person: Person | null): readonly Person[] {
  return person === null || isOwn(person, actor) ? [] : [person];
}

/** The next message of a feed: the events up to its last one, and of which kind all its lines are; null: news. */
export type FeedSection = { readonly events: readonly Event[]; readonly kind: FeedKind | null };

/**
 * The events of the next message. With news among them they all share one message; otherwise those that come first and
 * are of one kind.
 */
export function nextFeedSection(incident: Incident, events: readonly Event[]): FeedSection {
  const lines = shownEvents(events);
  if (lines.length === 0 || lines.some((event) => lineKind(incident, event) === null)) return { events, kind: null };
  const kind = lineKind(incident, lines[0]!);
  const other = lines.find((event) => lineKind(incident, event) !== kind);
  return { events: other === undefined ? events : events.slice(0, events.indexOf(other)), kind };
}

/**
 * A message that mentions someone is never a mere edit: edits notify no one. Who is given a role or a task is notified by a
 * direct message of their own.
 */
function lineKind(incident: Incident, event: Event): FeedKind | null {
  const isNotified = event.type === "role.assigned" || event.type === "task.added";
  return isNotified || isEmptyText(addressee(incident, event)) ? feedKind(event) : null;
}

/** The events that have lines. What opened the incident is on its card. */
export function shownEvents(events: readonly Event[]): readonly Event[] {
  const opening = events.find(({ type }) => type === "incident.opened")?.evidence.command;
  const reopenings = new Set(events.filter(({ type }) => type === "incident.reopened").map(commandOf));
  return events.filter(
    (event) =>
      definitionOf(event).feed !== null &&
      event.type !== "incident.opened" &&
      !isRunReport(event) &&
      // The undo of an end is shown as the re-opening that it is.
      !(event.type === "verb.undone" && reopenings.has(commandOf(event))) &&
      !(event.type === "alerts.fired" && event.evidence.command === opening),
  );
}

function commandOf({ evidence }: Event): string {
  return evidence.command;
}

function isRunReport({ type }: Event): boolean {
  return (RUN_REPORTS as readonly string[]).includes(type);
}

/** Everything since the last message, as one message; null when nothing is worth a message. */
export function feedMessage(incident: Incident, events: readonly Event[]): ChatMessage | null {
  return linesMessage(incident, shownEvents(events));
}

/** What a run reports, for the thread of its message; null when there is nothing of that kind. */
export function runReport(incident: Incident, events: readonly Event[]): ChatMessage | null {
  return linesMessage(incident, events.filter(isRunReport));
}

function linesMessage(incident: Incident, shown: readonly Event[]): ChatMessage | null {
  if (shown.length === 0) return null;
  const began = shown[0]!.recordedAt;
  // What must be read comes first.
  const isNews = (event: Event): boolean => lineKind(incident, event) === null;
  const feedEvents = [...shown.filter(isNews), ...shown.filter((event) => !isNews(event))];
  const lines: RichText[] = [];
  const alertEvents = feedEvents.flatMap((event) =>
    event.type === "alerts.fired" || event.type === "alerts.resolved" ? [event] : [],
  );
  for (const event of feedEvents) {
    if (alertEvents.length > MAX_ALERT_LINES && (event.type === "alerts.fired" || event.type === "alerts.resolved"))
      continue;
    lines.push(
      richText`${definitionOf(event).feed!} ${describeLine(incident, event)}${describeVia(event.actor)}${timeOfLine(event, began)}`,
    );
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

/**
 * When it was, where the message itself does not show it: it happened earlier than it was reported, or was added to a
 * message that is older.
 */
function timeOfLine({ at, recordedAt }: Event, began: number): TextLike {
  if (recordedAt - at >= MINUTE_MS)
    return recordedAt - at < DAY_MS / 2 ? richText` (at ${localClock(at)})` : richText` (on ${localTime(at)})`;
  return recordedAt - began >= MINUTE_MS ? richText` · ${localClock(at)}` : "";
}
