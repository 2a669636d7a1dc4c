import type * as escalationEvents from "#domain/events/definitions/escalation-events.ts";
import type * as pageAnswerEvents from "#domain/events/definitions/page-answer-events.ts";
import type * as pagingEvents from "#domain/events/definitions/paging-events.ts";
import type * as staffingEvents from "#domain/events/definitions/staffing-events.ts";
import type * as ticketEvents from "#domain/events/definitions/ticket-events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPage } from "#test/support/builders/incidents.ts";
import type { SentencesOf } from "./sentence-row.ts";

export const PAGING_SENTENCES: SentencesOf<
  typeof pagingEvents | typeof pageAnswerEvents | typeof escalationEvents | typeof staffingEvents | typeof ticketEvents
> = {
  "pager.told": [{ text: "Escalated to level 2" }, "Escalated to level 2"],
  "alarm.reported": [
    { key: "k", to: "Bob", what: "acknowledged", at: NOW },
    "The page of Bob is acknowledged in the pager",
  ],
  "page.acknowledged": [{ key: "k", to: "Bob", also: [] }, "Alice acknowledged the page of Bob"],
  "pages.carried": [
    { from: 2, pages: [aPage(), aPage({ to: "Bob" })], escalations: [], acknowledged: { id: "bob", name: "Bob" } },
    "2 pages came along from INC-2: Alice; Bob. Bob has it",
  ],
  "work.carried": [
    {
      from: 2,
      people: [{ id: "bob", name: "Bob" }],
      roles: [{ role: "scribe", person: { id: "bob", name: "Bob" } }],
      tasks: [],
    },
    "From INC-2: Bob is Scribe · invited: Bob",
  ],
  "page.expired": [{ key: "k", to: "Bob", reason: "no activity" }, "The page of Bob has expired: no activity"],
  "escalation.started": [{ team: "payments", reason: "host 2 is down" }, "payments is needed: host 2 is down"],
  "attention.requested": [
    { to: { id: "bob", name: "Bob" }, reason: "host 2 is down" },
    "New alerts fire; messaged Bob: host 2 is down",
  ],
  "page.requested": [
    { key: "k", to: "Alice", people: [], priority: "P1", reason: "opened as P1" },
    "Paging Alice: opened as P1",
  ],
  "page.sent": [{ key: "k", to: "Alice", via: "pagerduty" }, "Paged Alice via pagerduty"],
  "page.failed": [{ key: "k", to: "Alice", reason: "no routing key" }, "Could not page Alice: no routing key"],
  "escalation.armed": [
    { step: 1, to: "Mia", due: NOW + 10 * MINUTE },
    "Next: pages Mia at 14:42 UTC (in 10 min) unless someone acknowledges",
  ],
  "page.delayed": [
    { key: "k", to: "Alice", reason: "PagerDuty cannot be reached" },
    "The page of Alice does not get through (PagerDuty cannot be reached): it is tried again, they are told in the chat as far as they are known there, and the ladder goes on",
  ],
  "page.held": [
    { to: "Alice", people: ["Alice"], reason: "opened as P2" },
    "No direct message to Alice: paged too often without an answer. The pager was asked all the same (opened as P2)",
  ],
  "acknowledgement.extended": [{ until: NOW + 10 * MINUTE }, "Activity: the acknowledgement holds until 14:42 UTC"],
  "escalation.advanced": [
    { step: 1, to: "Mia", reason: "no one acknowledged" },
    "Escalated to Mia: no one acknowledged",
  ],
  "escalation.ended": [
    { team: "payments", pages: [] },
    "All alerts of payments resolved: no one of payments is paged any longer",
  ],
  "escalation.exhausted": [
    { reason: "all 2 steps were paged 3 times and no one acknowledged" },
    "No one is left to page: all 2 steps were paged 3 times and no one acknowledged",
  ],
  "escalation.unstaffed": [
    { reason: "opened as P1", team: "orders", due: NOW },
    "No one to page (opened as P1): no one is on call for orders and no step of the escalation has anyone. Looking again at 14:32 UTC",
  ],
  "ticket.requested": [
    { reason: "P3 incidents get a ticket at once" },
    "Ticket wanted: P3 incidents get a ticket at once",
  ],
  "ticket.opened": [{ key: "OPS-1", url: "https://t/1" }, "Ticket OPS-1 opened"],
  "ticket.updated": [{ key: "OPS-1", how: "closed" }, "Ticket OPS-1 closed"],
  "ticket.failed": [{ reason: "no token" }, "No ticket could be opened: no token"],
  "task.ticket_wanted": [{ id: 1 }, "Ticket wanted for follow-up 1"],
  "task.ticketed": [
    { id: 1, key: "OPS-2", url: "https://t/2", note: "no one is assigned" },
    "Follow-up 1 is ticket OPS-2 (no one is assigned)",
  ],
  "task.ticket_failed": [{ id: 1, reason: "forbidden" }, "Follow-up 1 could not become a ticket: forbidden"],
};
