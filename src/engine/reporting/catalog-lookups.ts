import { createHash } from "node:crypto";
import type { FigureScope } from "#db/reporting/figure-scope.ts";
import {
  alertsOfIncidents,
  incidentsWithRuns,
  saveLookups,
  staleLookups,
  type OwnedAlert,
  type RunbookLookup,
  type UnlinkedIncident,
} from "#db/reporting/runbook-lookups.ts";
import { hasRunbook, type Runbook } from "#runbooks/index.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Incidents that are looked up at once, and alerts that are held against the catalog without a pause. */
const INCIDENTS_AT_ONCE = 80;
const ALERTS_AT_ONCE = 1_000;

type LookupParts = Pick<Engine, "connection" | "automation">;

/**
 * Looks up which incidents of a scope the catalog has a runbook for although they link none: it ran for them, or matches
 * an alert that is theirs still. What was found is remembered for this catalog, so that a question costs only what changed.
 */
export async function refreshLookups(engine: LookupParts, scope: FigureScope): Promise<void> {
  const { db } = engine.connection;
  const { runbooks, hash } = catalogOf(engine);
  for (let after = 0; ;) {
    const stale = await staleLookups(db, scope, hash, after, INCIDENTS_AT_ONCE);
    await saveLookups(db, hash, await lookUp(engine, runbooks, stale));
    if (stale.length < INCIDENTS_AT_ONCE) return;
    after = stale.at(-1)!.number;
  }
}

/** What identifies what the catalog of this moment matches. */
export function catalogHash(engine: LookupParts): string {
  return catalogOf(engine).hash;
}

const hashes = new WeakMap<readonly Runbook[], string>();
const NO_RUNBOOKS: readonly Runbook[] = [];

function catalogOf({ automation }: LookupParts): { readonly runbooks: readonly Runbook[]; readonly hash: string } {
  const runbooks = automation?.catalogue().runbooks ?? NO_RUNBOOKS;
  let hash = hashes.get(runbooks);
  if (hash === undefined) {
    hash = createHash("sha256")
      .update(JSON.stringify(runbooks.map(({ match }) => match)))
      .digest("base64url");
    hashes.set(runbooks, hash);
  }
  return { runbooks, hash };
}

async function lookUp(
  { connection: { db } }: LookupParts,
  runbooks: readonly Runbook[],
  incidents: readonly UnlinkedIncident[],
): Promise<readonly RunbookLookup[]> {
  if (incidents.length === 0) return [];
  const numbers = incidents.map(({ number }) => number);
  const ran = await incidentsWithRuns(db, numbers);
  const matched = new Map<number, OwnedAlert>();
  const open = runbooks.length === 0 ? [] : numbers.filter((number) => !ran.has(number));
  for (let after: OwnedAlert | null = null; open.length > 0;) {
    const page: readonly OwnedAlert[] = await alertsOfIncidents(db, open, after, ALERTS_AT_ONCE);
    for (const alert of page)
      if (!matched.has(alert.incident) && hasRunbook(runbooks, alert.labels)) matched.set(alert.incident, alert);
    if (page.length < ALERTS_AT_ONCE) break;
    after = page.at(-1)!;
  }
  return incidents.map(({ number, version }) => {
    const alert = matched.get(number) ?? null;
    return { number, version, found: ran.has(number) || alert !== null, alert };
  });
}
