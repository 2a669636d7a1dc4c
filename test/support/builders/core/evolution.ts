import { expect } from "vitest";
import type { Fact } from "#domain/events/event-registry.ts";
import { evolveIncident } from "#domain/events/evolve.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { anEvent } from "#test/support/builders/events.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

/** An event, what differs from INC-1 before it, and which fields it changes to what. */
export type EvolutionRow = {
  readonly fact: Fact;
  readonly was?: Partial<Incident>;
  readonly becomes: Partial<Incident>;
};

/** An incident with one event more, by default a minute after it opened. */
export const evolvedBy = (before: Incident, fact: Fact, at = NOW + MINUTE): Incident =>
  evolveIncident(before, anEvent(fact, { seq: before.lastEvent + 1, at }));

/** An event changes only the fields that its row names. */
export function expectEvolution({ fact, was: previous, becomes }: EvolutionRow): void {
  const before = anIncident(previous ?? {});
  // What could be taken back afterwards is in undo.test.ts, who was active in acknowledgement-expiry.test.ts.
  expect({ ...evolvedBy(before, fact), undo: null, undos: [], heardAt: null, ackUntil: null }).toEqual({
    ...before,
    ...becomes,
    lastEvent: before.lastEvent + 1,
  });
}
