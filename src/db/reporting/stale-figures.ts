import { sql } from "drizzle-orm";
import { summarizeIncident, type IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { QueryExecutor } from "#db/client.ts";
import { incidentsByNumber, saveFigures } from "#db/incidents.ts";

/** Incidents whose figures are computed at once. */
const AT_ONCE = 200;

type StaleRow = { number: number; version: number; figures: ({ readonly version: number } & IncidentSummary) | null };

/**
 * Computes the figures of incidents that a version without them wrote last: all of them, some at a time, oldest first.
 * @param pause is awaited between two parts
 */
export async function refreshStaleFigures(db: QueryExecutor, pause: () => Promise<void>): Promise<number> {
  const { rows: stale } = await db.execute<{ number: number }>(
    sql`select i.number from incidents i left join incident_figures f on f.number = i.number where f.version is distinct from i.version order by i.number`,
  );
  for (let from = 0; from < stale.length; from += AT_ONCE) {
    const numbers = stale.slice(from, from + AT_ONCE).map(({ number }) => number);
    const { rows } = await db.execute<StaleRow>(
      sql`select number, version, figures from incidents where number in (select value::integer from json_array_elements_text(${JSON.stringify(numbers)}::json)) order by number`,
    );
    // Such a version stored a summary, or, earlier still, the state alone.
    const known = rows.filter(({ version, figures }) => figures !== null && figures.version === version);
    const others = rows.filter((row) => !known.includes(row)).map(({ number }) => number);
    const states = await incidentsByNumber(db, others);
    await saveFigures(db, [
      ...known.map(({ version, figures }) => ({ version, summary: figures! })),
      ...states.map(({ state }) => ({ version: state.lastEvent, summary: summarizeIncident(state) })),
    ]);
    await pause();
  }
  return stale.length;
}
