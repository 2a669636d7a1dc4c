import type { Event } from "./event-registry.ts";

/** What undoing gives back to which kind of event: with the field null again, the last event of that kind never was. */
const MADE = {
  acknowledgedAt: "incident.acknowledged",
  mitigatedAt: "incident.mitigated",
  resolvedAt: "incident.resolved",
} as const;

/** The events that count for figures: without what was struck out, and without milestones that were taken back. */
export function effectiveEvents(events: readonly Event[]): readonly Event[] {
  const missing = new Set<number>();
  for (const [at, event] of events.entries()) {
    if (event.type !== "verb.undone") continue;
    for (const seq of event.data.strikes) missing.add(seq);
    for (const [field, type] of Object.entries(MADE) as [keyof typeof MADE, Event["type"]][]) {
      if (event.data.restore[field] !== null) continue;
      const undone = events.slice(0, at).findLast((each) => each.type === type && !missing.has(each.seq));
      if (undone !== undefined) missing.add(undone.seq);
    }
  }
  return missing.size === 0 ? events : events.filter(({ seq }) => !missing.has(seq));
}
