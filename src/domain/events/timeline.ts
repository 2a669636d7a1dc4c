import { formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { definitionOf, describeEvent, type Event } from "./event-registry.ts";

/** One line of the timeline as people and programs read it. */
export type TimelineEntry = {
  /** The number of the event. */
  readonly seq: number;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly type: Event["type"];
  readonly actor: string;
  readonly summary: string;
  readonly source: string;
  readonly permalink: string | null;
  readonly data: Event["data"];
};

/**
 * The timeline of an incident: its events in the order they happened, those of one instant in the order they were
 * recorded. What was undone is not there, but that it was is; a message stands at the time it was written, as it reads
 * now, while someone marks it.
 */
export function buildTimeline(events: readonly Event[]): readonly TimelineEntry[] {
  const struckOut = new Set(events.flatMap((event) => (event.type === "verb.undone" ? event.data.strikes : [])));
  const messages = messagesAsTheyAre(events);
  return events
    .filter(
      (event) =>
        !struckOut.has(event.seq) &&
        definitionOf(event).inTimeline &&
        (event.type !== "message.captured" || messages.get(event.seq) !== undefined),
    )
    .map((event) => messages.get(event.seq) ?? event)
    .toSorted((a, b) => a.at - b.at || a.seq - b.seq)
    .map((event) => ({
      seq: event.seq,
      at: event.at,
      recordedAt: event.recordedAt,
      type: event.type,
      actor: event.actor.name,
      summary: describeEvent(event),
      source: event.evidence.command,
      permalink: event.evidence.permalink,
      data: event.data,
    }));
}

/** The kept messages that someone still marks, by the number of the event that captured them, as they read now. */
function messagesAsTheyAre(events: readonly Event[]): ReadonlyMap<number, Event> {
  const byMessage = new Map<string, Event & { type: "message.captured" }>();
  const marks = new Map<string, Set<string>>();
  const change = (key: string, to: (text: string) => string): void => {
    const event = byMessage.get(key);
    if (event !== undefined)
      byMessage.set(key, {
        ...event,
        data: { ...event.data, message: { ...event.data.message, text: to(event.data.message.text) } },
      });
  };
  for (const event of events) {
    if (event.type === "message.captured") {
      const { channel, message } = event.data;
      const evidence = { ...event.evidence, permalink: message.permalink ?? event.evidence.permalink };
      byMessage.set(`${channel}:${message.id}`, { ...event, at: message.at, evidence });
    } else if (event.type === "message.marked" || event.type === "message.unmarked") {
      const key = `${event.data.channel}:${event.data.id}`;
      const by = marks.get(key) ?? new Set();
      marks.set(key, by);
      if (event.type === "message.marked") by.add(event.actor.id);
      else by.delete(event.actor.id);
      if (by.size === 0) byMessage.delete(key);
    } else if (event.type === "message.edited") change(`${event.data.channel}:${event.data.id}`, () => event.data.text);
    else if (event.type === "message.deleted")
      change(`${event.data.channel}:${event.data.id}`, (text) => `${text} (deleted since)`);
  }
  return new Map(Array.from(byMessage.values(), (event) => [event.seq, event]));
}

/** What came of one command, in one line. "At 14:05", said in the morning, was yesterday: then the day is said. */
export function describeEvents(events: readonly Event[]): string {
  const earlier = events.find(({ at, recordedAt }) => formatUtcDay(at) !== formatUtcDay(recordedAt));
  return `${events.map(describeEvent).join(" · ")}${earlier === undefined ? "" : ` (on ${formatUtcDay(earlier.at)} at ${formatUtcTime(earlier.at)} UTC)`}`;
}
