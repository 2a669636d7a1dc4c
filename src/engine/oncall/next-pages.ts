import { enqueueEffects } from "#db/effects.ts";
import { findIncidents } from "#db/search/incident-search.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { nextDeadline } from "#domain/incident/team-escalation.ts";
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
 * Called periodically: the cards of incidents that page someone next are shown again. A hand-off, an override or another
 * policy changes whom; a card that says the same is left alone.
 */
export async function refreshNextPages({ connection, clock, wakeLane }: Engine): Promise<void> {
  const waiting = await findIncidents(
    connection.db,
    { status: OPEN_STATUSES, withChannel: true, limit: CARDS },
    (incident) => !incident.archived && nextDeadline(incident) !== null,
  );
  if (waiting.length === 0) return;
  await connection.db.transaction((tx) =>
    enqueueEffects(
      tx,
      waiting.map(({ state }) => ({
        effect: { type: "chat.header" },
        incident: state.number,
        urgency: priorityRank(state.priority),
      })),
      clock(),
    ),
  );
  wakeLane("chat", { urgency: 2, delayMs: 0 });
}
