import type { Event } from "#domain/events/event-registry.ts";
import { buildTimeline } from "#domain/events/timeline.ts";
import type { Instant } from "#domain/values/language.ts";

/** What someone wrote in an incident that is a part of another by now. */
export type MergedWords = {
  readonly incident: number;
  readonly at: Instant;
  readonly summary: string;
  readonly actor: string;
};

const WRITTEN: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["note.added", "update.posted", "message.captured"]);

/** The notes, updates and kept messages of a merged incident, for the story of the one that went on. */
export function wordsOf(incident: number, events: readonly Event[]): readonly MergedWords[] {
  return buildTimeline(events)
    .filter(({ type }) => WRITTEN.has(type))
    .map(({ at, summary, actor }) => ({ incident, at, summary, actor }));
}
