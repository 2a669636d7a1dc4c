import type { AppConfig } from "#config/app-config.ts";
import { resolveTicketPlace } from "#config/ticket-place.ts";
import type { Instant } from "#domain/values/language.ts";
import type { TicketPlace } from "#ports/tracker.ts";
import type { DoctorFinding } from "./integration.ts";
import { noTicketPlace } from "./trackers.ts";

/** Asks every tracker about every place that a ticket may go to. */
export async function checkTickets(config: AppConfig, clock: () => Instant): Promise<readonly DoctorFinding[]> {
  const { trackers, policy } = config;
  if (trackers.every(({ access }) => access === null))
    return [{ what: "tickets", ok: true, says: "not set up: dry run" }];
  const places = new Map<string, { readonly team: string | null; readonly place: TicketPlace }>();
  for (const team of [null, ...Object.keys(policy.teams)]) {
    const place = resolveTicketPlace(team, policy, trackers);
    // Without a team there is a place only where one is for everyone; that there is none matters when someone has no team.
    if (team === null && place.target === null && policy.defaultTeam !== undefined) continue;
    places.set(JSON.stringify({ ...place, labels: [], assignee: null }), { team, place });
  }
  return Promise.all(
    Array.from(places.values(), async ({ team, place }): Promise<DoctorFinding> => {
      const owner = team === null ? "incidents without a team" : `the team ${team}`;
      if (place.target === null)
        return { what: "tickets", ok: false, says: `no place for the tickets of ${owner}: ${place.missing}` };
      try {
        return { what: "tickets", ok: true, says: await checkPlace(config, place, clock) };
      } catch (error) {
        return {
          what: "tickets",
          ok: false,
          says: `the tickets of ${owner} would fail: ${error instanceof Error ? error.message : String(error)}`,
        };
      }
    }),
  );
}

async function checkPlace(config: AppConfig, place: TicketPlace, clock: () => Instant): Promise<string> {
  const found = config.trackers.find(({ tracker }) => tracker.target === place.target);
  return place.target === null || !found?.access ? noTicketPlace(place) : found.access.check(place, clock);
}
