import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";
import { MILESTONES, type Milestone } from "#domain/values/language.ts";
import { definitionOf, type Event } from "./event-registry.ts";

/** The events that count for figures: without what was struck out, and without milestones that were taken back. */
export function effectiveEvents(events: readonly Event[]): readonly Event[] {
  const missing = new Set<number>();
  for (const [at, event] of events.entries()) {
    if (event.type !== "verb.undone") continue;
    for (const seq of event.data.strikes) missing.add(seq);
    for (const milestone of MILESTONES) {
      // The field is empty again, so the last event that set it does not count.
      if (event.data.restore[MILESTONE_FIELDS[milestone]] !== null) continue;
      const undone = events
        .slice(0, at)
        .findLast((each) => undoneMilestone(each) === milestone && !missing.has(each.seq));
      if (undone !== undefined) missing.add(undone.seq);
    }
  }
  return missing.size === 0 ? events : events.filter(({ seq }) => !missing.has(seq));
}

function undoneMilestone(event: Event): Milestone | null {
  const { undo } = definitionOf(event);
  return undo !== null && typeof undo === "object" && "milestone" in undo ? undo.milestone : null;
}
