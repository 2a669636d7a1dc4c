import { createPagerDuty } from "#integrations/pagerduty/pagerduty-paging.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import type { PageRequest } from "#ports/paging.ts";
import { ROUTING_KEY, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** A page of Alice about INC-1. */
export const aPageRequest = (overrides: Partial<PageRequest> = {}): PageRequest => ({
  dedupKey: "muster:INC-1:1:P1:0:uid",
  team: null,
  to: "Alice",
  people: ["alice"],
  priority: "P1",
  incident: "INC-1",
  summary: "P1 INC-1: orders are slow",
  source: "order-service",
  url: "https://muster.example/incidents/INC-1",
  links: [{ url: "https://runbooks.example/orders", title: "Runbook" }],
  details: { why: "label severity" },
  ...overrides,
});

/** The adapter of PagerDuty on a double of it. */
export const pagerDutyOf = (pd: PagerDutyDouble, overrides: Partial<Parameters<typeof createPagerDuty>[0]> = {}) =>
  createPagerDuty({
    routingKey: ROUTING_KEY,
    priorityNames: (priority) => (priority === "P0" ? ["P0", "P1"] : [priority]),
    idOfPerson: (person) => (person === "bob" ? "PBOB001" : null),
    keyOfTeam: () => null,
    eventsUrl: pd.url,
    rest: { token: pd.token, from: "muster@example.com", apiUrl: pd.url },
    publicUrl: "https://muster.example",
    clock: wallClock,
    allowances: UNLIMITED_ALLOWANCES,
    onCall: () => {},
    ...overrides,
  });
