import type { Instant } from "#domain/values/language.ts";
import { createJiraTickets, type JiraPlace, type JiraTicketsOptions } from "#integrations/jira/jira-tickets.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { TicketAttempt, TicketRequest, Tickets } from "#ports/tickets.ts";
import type { JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { ticketBody } from "#views/tickets/ticket-content.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { anIncident } from "./incidents.ts";

/** A request for the ticket of INC-1, opened now by the clock that the doubles of trackers stamp with. */
export function aTicketRequest(overrides: Partial<TicketRequest> = {}): TicketRequest {
  return {
    key: "uid-1",
    title: "INC-1: orders are slow",
    text: ticketBody(anIncident(), "https://muster.example/incidents/INC-1"),
    labels: ["incident", "P2", "service:order-service"],
    team: "orders",
    openedAt: wallClock(),
    ...overrides,
  };
}

/** The first attempt of asking a tracker for something, begun now by the clock of the doubles. */
export function aTicketAttempt(overrides: Partial<TicketAttempt> = {}): TicketAttempt {
  return { key: "ticket.close:INC-1:9", unsure: false, since: wallClock(), ...overrides };
}

/** The tickets of a Jira whose clock shows `now()`: tasks of its project, for Alice, unless `place` differs. */
export function jiraTicketsOf(
  { url, email, token, project }: Pick<JiraDouble, "url" | "email" | "token" | "project">,
  now: () => Instant,
  place: Partial<JiraPlace> = {},
  settings: Partial<JiraTicketsOptions> = {},
): Tickets {
  const usual = { project, issueType: "Task", fields: {}, labels: ["team-orders"], assignee: "alice@example.com" };
  const placeOf = (): JiraPlace => ({ ...usual, ...place });
  return createJiraTickets({
    url,
    email,
    token,
    placeOf,
    clock: now,
    allowances: UNLIMITED_ALLOWANCES,
    onCall: () => {},
    ...settings,
  });
}
