import type { Incident } from "#domain/incident/incident.ts";
import type { Actor } from "#domain/values/language.ts";
import { parseVerb } from "#verbs/verb-registry.ts";
import { SIM_PEOPLE } from "../world/sim-policy.ts";
import type { SimWorld } from "../world/sim-world.ts";

/** A page that a person can answer. */
export type OpenPage = { readonly incident: number; readonly key: string; readonly person: Actor };

/** The pages that wait for an answer, for each person of theirs. */
export function openPages(world: SimWorld): readonly OpenPage[] {
  return world.openIncidents().flatMap((incident) =>
    incident.pages
      .filter(({ status }) => status === "requested" || status === "sent")
      .flatMap((page) =>
        SIM_PEOPLE.filter(({ name }) => page.to.split(", ").includes(name)).map((person) => ({
          incident: incident.number,
          key: page.key,
          person,
        })),
      ),
  );
}

/** The incidents of a story with one of these statuses. */
export function incidentsThatAre(world: SimWorld, ...statuses: readonly string[]): readonly Incident[] {
  return [...world.store.incidents.values()]
    .map(({ state }) => state)
    .filter(({ status }) => statuses.includes(status));
}

/** A person presses the button under a page; answers what they read. */
export function pressPage(world: SimWorld, { incident, key, person }: OpenPage): string {
  return world.asks(incident, { type: "incident.acknowledge", page: key }, person);
}

/** A person types words about an incident; answers what they read. */
export function typeWords(world: SimWorld, incident: number, words: string, person: Actor): string {
  const asker = { id: person.id, name: person.name };
  const { policy, clock } = world;
  const { request } = parseVerb(words, { person: asker, zone: "UTC", now: clock.now(), policy });
  if (request.kind === "command") return world.asks(incident, request.command, person);
  return request.kind === "problem" ? request.text : `(${request.kind})`;
}

/** A person merges an incident into another. */
export function mergeIncidents(world: SimWorld, [from, into]: readonly [number, number], person: Actor): string {
  const text = world.asks(from, { type: "incident.merge", into }, person);
  return `${person.name} merges INC-${from} into INC-${into} → ${text}`;
}
