import { describe, expect, test } from "vitest";
import { monthsBefore } from "#domain/reporting/monthly-figures.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, instantOf } from "#test/support/builders/instants.ts";
import { monthlyFigures } from "#test/support/builders/reporting/expected-parts.ts";

describe("the twelve months of a plot", () => {
  test.each([
    { to: "2026-11-21T12:00:00Z", first: "2025-12", last: "2026-11" },
    // The first instant of a month is not before itself.
    { to: "2026-11-01T00:00:00Z", first: "2025-11", last: "2026-10" },
    { to: "2026-11-01T00:00:00.001Z", first: "2025-12", last: "2026-11" },
    // Spans of 334 to 337 days between the firsts of months.
    { to: "2027-03-15T00:00:00Z", first: "2026-04", last: "2027-03" },
    { to: "2028-02-29T23:59:59Z", first: "2027-03", last: "2028-02" },
    { to: "2000-01-02T00:00:00Z", first: "1999-02", last: "2000-01" },
    { to: "2100-01-01T00:00:00Z", first: "2099-01", last: "2099-12" },
  ])("before $to are $first to $last", ({ to, first, last }) => {
    const months = monthsBefore(instantOf(to), 12);
    expect([months.length, months[0]!.name, months.at(-1)!.name]).toEqual([12, first, last]);
  });
});

test("counts incidents by the month of their opening, without drills, canceled, merged and private ones", () => {
  const opened = instantOf("2026-11-01T00:00:00Z");
  const common = { detectedAt: opened, openedAt: opened, peak: "P1", status: "closed" } as const;
  const cases = [
    anIncident({ ...common, resolvedAt: opened + 10 * MINUTE }),
    anIncident({ ...common, resolvedAt: opened + 20 * MINUTE }),
    anIncident({ ...common, openedAt: opened - 1, peak: "P0", resolvedAt: opened }),
    anIncident({ ...common, drill: true }),
    anIncident({ ...common, status: "canceled" }),
    anIncident({ ...common, status: "merged" }),
    anIncident({ ...common, private: true }),
  ];
  expect(monthlyFigures(cases, monthsBefore(opened + 1, 3), { private: false, service: null })).toEqual([
    { month: "2026-09", byPriority: {}, acknowledge: null, resolve: null },
    { month: "2026-10", byPriority: { P0: 1 }, acknowledge: null, resolve: 0 },
    { month: "2026-11", byPriority: { P1: 2 }, acknowledge: null, resolve: 15 * MINUTE },
  ]);
  expect(
    monthlyFigures(cases, monthsBefore(opened + 1, 1), { private: true, service: "nobody's" })[0]!.byPriority,
  ).toEqual({});
});
