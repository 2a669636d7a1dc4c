import { resolveTicketPlace } from "#config/ticket-place.ts";
import { createGitHubDocuments } from "#integrations/github/github-documents.ts";
import { createGitHubTickets, isGitHubKey } from "#integrations/github/github-tickets.ts";
import { checkGitHubDocuments, checkGitHubPlace } from "./github-check.ts";
import type { Integration } from "./integration.ts";
import { noTicketPlace } from "./trackers.ts";

export const githubIntegration: Integration = {
  name: "github",
  title: "GitHub",
  connect({ config, policy, clock, metrics }) {
    const { github } = config;
    const access = github && {
      ...github,
      clock,
      onCall: (call: { operation: string; outcome: string; ms: number }): void =>
        metrics.trackerCall({ tracker: "github", ...call }),
    };
    return {
      tracker: {
        target: "github",
        settings: "GITHUB_TOKEN",
        owns: isGitHubKey,
        tickets:
          access &&
          createGitHubTickets({
            ...access,
            placeOf(team) {
              const place = resolveTicketPlace(team, policy(), config);
              return place.target === "github" ? place : noTicketPlace(place);
            },
          }),
      },
      ...(access === null ? {} : { documents: createGitHubDocuments(access) }),
    };
  },
  checkTickets: checkGitHubPlace,
  checkDocuments: checkGitHubDocuments,
};
