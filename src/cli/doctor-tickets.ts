import { checkProject } from "#adapters/jira/check.ts";
import { checkRepo } from "#adapters/github/check.ts";
import type { Config } from "#config";
import { ticketPlace, type TicketPlace } from "../ticket-place.ts";
import type { Finding } from "./finding.ts";
import { systemClock } from "../clock.ts";

const quiet = (): void => {};

/** Asks every tracker about every place that a ticket may go to. */
export async function tickets(config: Config): Promise<readonly Finding[]> {
  const { github, jira, policy } = config;
  if (github === null && jira === null) return [{ what: "tickets", ok: true, says: "not set up: dry run" }];
  const places = new Map<string, { readonly team: string | null; readonly place: TicketPlace }>();
  for (const team of [null, ...Object.keys(policy.teams)]) {
    const place = ticketPlace(team, policy, config);
    // Without a team there is a place only where one is for everybody; that there is none matters when somebody has no team.
    if (team === null && place.target === null && policy.defaultTeam !== undefined) continue;
    places.set(JSON.stringify({ ...place, labels: [], assignee: null }), { team, place });
  }
  return Promise.all(
    Array.from(places.values(), async ({ team, place }): Promise<Finding> => {
      const whose = team === null ? "incidents without a team" : `the team ${team}`;
      try {
        switch (place.target) {
          case "github":
            return { what: "tickets", ok: true, says: await checkRepo({ ...github!, clock: systemClock, onCall: quiet }, place.repo) };
          case "jira":
            return { what: "tickets", ok: true, says: await checkProject({ ...jira!, clock: systemClock, onCall: quiet }, place.project, place.issueType) };
          case null:
            return { what: "tickets", ok: false, says: `no place for the tickets of ${whose}: ${place.missing}` };
        }
      } catch (error) {
        return { what: "tickets", ok: false, says: `the tickets of ${whose} would fail: ${error instanceof Error ? error.message : String(error)}` };
      }
    }),
  );
}
