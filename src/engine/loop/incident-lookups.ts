import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import type { IncidentLinks, LinkedIncident } from "#domain/incident/incident-reference.ts";

// What pages ask of incidents that they only mention.

/** Where links to incidents lead; one that is unknown is its number alone. */
export async function readLinks(db: QueryExecutor, numbers: readonly number[]): Promise<IncidentLinks> {
  const stored = await incidentsByNumber(db, [...new Set(numbers)]);
  const known = new Map(
    stored.map(({ uid, state: { number } }): [number, LinkedIncident] => [number, { number, uid }]),
  );
  return (number) => known.get(number) ?? { number };
}

/** Which of some incidents are private. */
export async function readPrivate(db: QueryExecutor, numbers: readonly number[]): Promise<ReadonlySet<number>> {
  const stored = await incidentsByNumber(db, [...new Set(numbers)]);
  return new Set(stored.flatMap(({ state }) => (state.private ? [state.number] : [])));
}
