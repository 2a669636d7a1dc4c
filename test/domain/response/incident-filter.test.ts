import { describe, expect, test } from "vitest";
import { matchesFilter } from "#domain/response/incident-filter.ts";
import { anIncident, aRoute } from "#test/support/builders/incidents.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const incident = anIncident({
  priority: "P1",
  route: { ...aRoute(), service: "search-api", team: "search" },
  teamEscalations: { payments: anIncident().escalation },
});

describe("the words behind list", () => {
  test.each([
    "",
    "P1",
    "p1",
    "sev-2",
    "search",
    "team search",
    "service Search-API",
    "payments",
    "P1, payments search-api",
  ])("%j fit a P1 of search-api that holds search and payments", (words) =>
    expect(matchesFilter(aPolicy(), incident, words)).toBe(true),
  );

  test.each([
    "P0",
    "sev-1",
    "orders",
    "team",
    "service",
    "team orders",
    "P1 orders",
    "P2 search",
    "search-ap",
    "please",
  ])("%j do not", (words) => expect(matchesFilter(aPolicy(), incident, words)).toBe(false));

  test("a name may be of several words, or one that means something else", () => {
    const named = (service: string) => anIncident({ priority: "P1", route: { ...aRoute(), service, team: null } });
    expect(matchesFilter(aPolicy(), named("Order Service"), "order service")).toBe(true);
    expect(matchesFilter(aPolicy(), named("team"), "P1 team")).toBe(true);
  });

  test("an incident without a team or a service fits its priority alone", () => {
    const bare = anIncident({ priority: "P3", route: { ...aRoute(), service: null, team: null } });
    expect(matchesFilter(aPolicy(), bare, "P3")).toBe(true);
    expect(matchesFilter(aPolicy(), bare, "P3 null")).toBe(false);
  });
});
