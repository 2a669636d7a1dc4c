import { enqueueEffects } from "#db/effects.ts";
import { findIncidents } from "#db/search/incident-search.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { listEscalations, nextDeadline } from "#domain/incident/team-escalation.ts";
import { resolveNextPages } from "#domain/paging/next-step.ts";
import { OPEN_STATUSES, priorityRank } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "./oncall-roster.ts";

/** Incidents as people read them: who is paged next by the shifts, overrides and policy of now, as the engine will page. */
export async function presentNextPages<Read extends Incident | null>(
  engine: Pick<Engine, "connection" | "policy" | "chat" | "paging" | "clock">,
  incidents: readonly Read[],
): Promise<readonly Read[]> {
  if (!incidents.some((incident) => incident !== null && nextDeadline(incident) !== null)) return incidents;
  const now = engine.clock();
  const ctx = {
    ...(await loadRoster(engine, now)),
    now,
    pagerChooses: (team: string | null) => engine.paging.choosesPeople(team),
  };
  return incidents.map((incident) => (incident === null ? incident : (resolveNextPages(incident, ctx) as Read)));
}

/** More cards than this wait for no answer at once. */
const CARDS = 200;

/**
 * Answers a function to be called periodically: it shows the cards of incidents again whose next recipient has another
 * name than before, by a hand-off, an override or another policy.
 */
export function createNextPagesRefresh(engine: Engine): () => Promise<void> {
  const { connection, clock, wakeLane } = engine;
  let shown: ReadonlyMap<number, string> = new Map();
  return async () => {
    const waiting = await findIncidents(
      connection.db,
      { status: OPEN_STATUSES, withChannel: true, timer: "escalate", limit: CARDS },
      (incident) => !incident.archived && nextDeadline(incident) !== null,
    );
    const states = waiting.map(({ state }) => state);
    const present = await presentNextPages(engine, states);
    const changed = present.filter((incident, at) => {
      const before = shown.get(incident.number) ?? nextRecipients(states[at]!);
      return nextRecipients(incident) !== before;
    });
    shown = new Map(present.map((incident) => [incident.number, nextRecipients(incident)]));
    if (changed.length === 0) return;
    const cards = changed.map(({ number, priority }) => ({
      effect: { type: "chat.header" } as const,
      incident: number,
      urgency: priorityRank(priority),
    }));
    await connection.db.transaction((tx) => enqueueEffects(tx, cards, clock()));
    wakeLane("chat", { urgency: 2, delayMs: 0 });
  };
}

/** Whom each escalation pages next, as one text to compare. */
function nextRecipients(incident: Incident): string {
  return JSON.stringify(listEscalations(incident).map(([key, { next }]) => [key, next?.to]));
}
