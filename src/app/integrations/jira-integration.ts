import { resolveTicketPlace } from "#config/ticket-place.ts";
import { createJiraTickets, isJiraKey } from "#integrations/jira/jira-tickets.ts";
import type { Integration } from "./integration.ts";
import { checkJiraPlace } from "./jira-check.ts";
import { noTicketPlace } from "./trackers.ts";

export const jiraIntegration: Integration = {
  name: "jira",
  title: "Jira",
  connect: ({ config, policy, clock, metrics }) => ({
    tracker: {
      target: "jira",
      settings: "JIRA_URL, JIRA_EMAIL and JIRA_TOKEN",
      owns: isJiraKey,
      tickets:
        config.jira &&
        createJiraTickets({
          ...config.jira,
          placeOf(team) {
            const place = resolveTicketPlace(team, policy(), config);
            return place.target === "jira" ? place : noTicketPlace(place);
          },
          clock,
          onCall: (call) => metrics.trackerCall({ tracker: "jira", ...call }),
        }),
    },
  }),
  checkTickets: checkJiraPlace,
};
