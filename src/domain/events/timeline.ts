import { describeActor } from "#domain/values/api-actor.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcDay, formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import type { KeptMessage } from "./event-definition.ts";
import { definitionOf, describeEvent, type Event } from "./event-registry.ts";

/** One line of the timeline as people and programs read it. */
export type TimelineEntry = {
  /** The number of the event. */
  readonly seq: number;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly type: Event["type"];
  /** As whom and by which way. */
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
  const messages = messageLines(events);
  return events
    .filter(
      (event) => !struckOut.has(event.seq) && (definitionOf(event).inTimeline === true || messages.has(event.seq)),
    )
    .map((event) => messages.get(event.seq) ?? event)
    .toSorted((a, b) => a.at - b.at || a.seq - b.seq)
    .map((event) => ({
      seq: event.seq,
      at: event.at,
      recordedAt: event.recordedAt,
      type: event.type,
      actor: describeActor(event.actor),
      summary: describeEvent(event),
      source: event.evidence.command,
      permalink: event.evidence.permalink,
      data: event.data,
    }));
}

/** The lines of messages that someone still marks, by the number of the event that captured each, as they read now. */
function messageLines(events: readonly Event[]): ReadonlyMap<number, Event> {
  const kept = new Map<string, KeptMessage>();
  for (const event of events) {
    const rule = definitionOf(event).inTimeline;
    if (typeof rule === "boolean") continue;
    const key = rule.message(event);
    kept.set(key, rule.keep(kept.get(key) ?? { line: null, markedBy: [] }, event));
  }
  const lines = Array.from(kept.values(), ({ line }) => line as Event | null);
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line.seq, line]])));
}

/** The outcome of one command, in one line. What is reported later than it happened repeats when that was. */
export function describeEvents(events: readonly Event[]): string {
  const earlier = events.find(({ at, recordedAt }) => recordedAt - at >= MINUTE_MS);
  return `${events.map(describeEvent).join(" · ")}${earlier === undefined ? "" : ` (${formatUtcDay(earlier.at)} at ${formatUtcTime(earlier.at)} UTC)`}`;
}
