import { isOpen } from "#domain/values/language.ts";
import { describeEvent } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Law } from "./law.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** Two rooms for one trouble are one too many. */
export function oneIncidentForOneKey(world: SimWorld): Law {
  return {
    name: "one incident and one channel for each trouble",
    after: ({ applied }) => {
      for (const { incident, event } of applied.events) {
        if (event.type !== "incident.opened" || event.actor.kind !== "source") continue;
        const { key } = event.data;
        const other = [...world.store.incidents.values()].find(
          ({ state }) => isOpen(state.status) && state.key === key && state.number !== incident,
        );
        if (other !== undefined)
          return `INC-${incident} opened beside INC-${other.state.number}, which is open with the same key`;
      }
      const channels = applied.effects.filter(({ effect }) => effect.type === "chat.channel");
      const twice = channels.find(
        ({ incident }) => incident !== null && world.store.findIncident(incident)?.channel != null,
      );
      return twice === undefined ? null : `INC-${twice.incident} asks for a second channel`;
    },
  };
}

/** The state is the fold of the events, and each event has a sentence. */
export function timelineIsWhole(world: SimWorld): Law {
  return {
    name: "the timeline is complete",
    after: ({ applied }) => {
      for (const { incident, event } of applied.events)
        if (describeEvent(event).trim() === "") return `INC-${incident}: ${event.type} has no sentence`;
      return null;
    },
    atEnd: () => {
      const folded = new Map<number, Incident>();
      for (const { incident, event } of world.store.history)
        folded.set(incident, evolveIncident(folded.get(incident) ?? null, event));
      for (const [number, state] of folded)
        if (JSON.stringify(state) !== JSON.stringify(world.store.findIncident(number)))
          return `INC-${number}: its events give another state than the one that is stored`;
      return null;
    },
  };
}
