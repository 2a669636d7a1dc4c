import type { AppConfig } from "#config/app-config.ts";
import { createGitHubDocuments } from "#integrations/github/github-documents.ts";
import { createGitHubTickets, isGitHubKey } from "#integrations/github/github-tickets.ts";
import { createJiraTickets, isJiraKey } from "#integrations/jira/jira-tickets.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { DocumentStore } from "#ports/documents.ts";
import { PortError } from "#ports/port-error.ts";
import type { Ticket, Tickets } from "#ports/tickets.ts";
import { resolveTicketPlace, type TicketPlace } from "#config/ticket-place.ts";

export type TrackerCall = {
  readonly tracker: string;
  readonly operation: string;
  readonly outcome: string;
  readonly ms: number;
};

/**
 * The trackers that are set up, as one: a ticket is opened where the policy of its team says, and afterwards found by its
 * key, whatever the policy says by then. null when none is set up.
 */
export function createTrackers(
  { github, jira }: Pick<AppConfig, "github" | "jira">,
  policy: () => Policy,
  clock: () => number,
  onCall: (call: TrackerCall) => void,
): Tickets | null {
  if (github === null && jira === null) return null;
  const placeOf = (team: string | null): TicketPlace => resolveTicketPlace(team, policy(), { github, jira });
  const onGitHub =
    github &&
    createGitHubTickets({
      ...github,
      placeOf(team) {
        const place = placeOf(team);
        return place.target === "github" ? place : nowhere(place);
      },
      clock,
      onCall: (call) => onCall({ tracker: "github", ...call }),
    });
  const onJira =
    jira &&
    createJiraTickets({
      ...jira,
      placeOf(team) {
        const place = placeOf(team);
        return place.target === "jira" ? place : nowhere(place);
      },
      clock,
      onCall: (call) => onCall({ tracker: "jira", ...call }),
    });

  const trackerOf = ({ key }: Ticket): Tickets => {
    const tracker = isGitHubKey(key) ? onGitHub : isJiraKey(key) ? onJira : null;
    if (tracker !== null) return tracker;
    throw unsupported(
      `${key} is in a tracker that is not set up any more: set ${isGitHubKey(key) ? "GITHUB_TOKEN" : "JIRA_URL, JIRA_EMAIL and JIRA_TOKEN"}`,
    );
  };
  return {
    name: [onGitHub, onJira].flatMap((tracker) => (tracker === null ? [] : [tracker.name])).join(", "),
    async open(ticket, ask) {
      const place = placeOf(ticket.team);
      const tracker = place.target === "github" ? onGitHub : place.target === "jira" ? onJira : null;
      return tracker === null ? nowhere(place) : tracker.open(ticket, ask);
    },
    comment: async (ticket, text, ask) => trackerOf(ticket).comment(ticket, text, ask),
    close: async (ticket, text, ask) => trackerOf(ticket).close(ticket, text, ask),
    reopen: async (ticket, text, ask) => trackerOf(ticket).reopen(ticket, text, ask),
    isDone: async (ticket) => trackerOf(ticket).isDone(ticket),
  };
}

/** Where documents are kept; null when GitHub is not set up. */
export function createDocuments(
  { github }: Pick<AppConfig, "github">,
  clock: () => number,
  onCall: (call: TrackerCall) => void,
): DocumentStore | null {
  return (
    github && createGitHubDocuments({ ...github, clock, onCall: (call) => onCall({ tracker: "github", ...call }) })
  );
}

function nowhere(place: TicketPlace): never {
  throw unsupported(place.target === null ? place.missing : `${place.target} is not set up`);
}

function unsupported(why: string): PortError {
  return new PortError("unsupported", why, { retryable: false });
}
