import type { Incident } from "#domain/incident/incident.ts";
import { definitionOf, type Event } from "./event-registry.ts";
import { updateLastActivity } from "./last-activity.ts";
import { openedIncident } from "./state-changes.ts";
import { rememberUndos } from "./undo.ts";
import { applyUpdateSla } from "./update-sla.ts";

/** The incident after one more event. Events are facts: nothing is refused here. */
export function evolveIncident(before: Incident | null, event: Event): Incident {
  const definition = definitionOf(event);
  if (event.type === "incident.opened") {
    const opened = { ...openedIncident(event), lastEvent: event.seq };
    return updateLastActivity(null, applyUpdateSla(null, opened, event, definition.updateSla), event);
  }
  if (before === null) throw new Error(`bug: ${event.type} for an incident that was never opened`);
  const after = applyUpdateSla(before, definition.evolve(before, event), event, definition.updateSla);
  const undos = rememberUndos(before, event, definition);
  return {
    ...updateLastActivity(before, after, event),
    undos,
    undo: undos.at(-1) ?? null,
    lastEvent: event.seq,
  };
}
