import type { QueryExecutor } from "#db/client.ts";
import { readEvents } from "#db/events.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { loadJournal, listRuns } from "#db/runs.ts";
import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RunWithEvents } from "#domain/postmortem/attempted-steps.ts";

/** The most runs that are listed for one incident. */
const RUNS = 100;
/** Incidents that were merged, directly or not; no chain is longer than people have patience for. */
const MERGED = 50;

/** The runs of an incident and of those that are merged into it, each with what its incident recorded of it. */
export async function readIncidentRuns(
  db: QueryExecutor,
  incident: Incident,
  events: readonly Event[],
): Promise<readonly RunWithEvents[]> {
  const found: RunWithEvents[] = [];
  for (const each of await within(db, incident, events)) {
    const runs = await listRuns(db, { incident: each.number, limit: RUNS });
    const journal = await loadJournal(
      db,
      runs.map(({ number }) => number),
    );
    found.push(
      ...runs.map((run) => ({ run, journal: journal.filter((line) => line.run === run.number), events: each.events })),
    );
  }
  return found;
}

/** The incidents that are merged into one, directly or not, each with its events: as far as its readers may see them. */
export async function readMergedEvents(
  db: QueryExecutor,
  incident: Incident,
  events: readonly Event[],
): Promise<readonly Within[]> {
  return (await within(db, incident, events)).slice(1);
}

type Within = { readonly number: number; readonly events: readonly Event[] };

async function within(db: QueryExecutor, incident: Incident, events: readonly Event[]): Promise<readonly Within[]> {
  const all: Within[] = [{ number: incident.number, events }];
  for (const at of all) {
    const mergedNumbers = new Set(
      at.events.flatMap((event) => (event.type === "alerts.absorbed" ? [event.data.from] : [])),
    );
    for (const { state } of await incidentsByNumber(db, [...mergedNumbers])) {
      const known = all.some(({ number }) => number === state.number) || all.length >= MERGED;
      // An undone merge does not count. Readers of this incident may not see a private one.
      if (known || state.mergedInto !== at.number || (state.private && !incident.private)) continue;
      all.push({ number: state.number, events: await readEvents(db, state.number) });
    }
  }
  return all;
}

/** Where an incident goes on: itself, unless it was merged. */
export async function findMergeTarget(db: QueryExecutor, incident: number): Promise<number> {
  let at = incident;
  for (let hops = 0; hops < MERGED; hops++) {
    const [stored] = await incidentsByNumber(db, [at]);
    if (stored?.state.mergedInto == null) return at;
    at = stored.state.mergedInto;
  }
  return at;
}
