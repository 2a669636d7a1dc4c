import { describe, expect, test } from "vitest";
import { parseInstant } from "#domain/values/instant.ts";
import { aPage, anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, DAY } from "#test/support/builders/instants.ts";
import {
  aStatisticsQuery,
  instantIn2026,
  NOVEMBER_2026,
  UNCOUNTED_OUTAGES,
} from "#test/support/builders/core/november-2026.ts";
import { computeStatistics } from "#test/support/builders/reporting/expected-statistics.ts";

describe("November 2026, computed by hand", () => {
  const figures = computeStatistics([...NOVEMBER_2026, ...UNCOUNTED_OUTAGES], aStatisticsQuery());

  test("has five incidents in 30 days: one every six days", () => {
    expect(figures).toMatchObject({ total: 5, open: 0, failures: 5, byPriority: { P0: 1, P1: 3, P2: 1 } });
    expect(figures.betweenFailures).toBe(6 * DAY);
  });

  test("takes 45 minutes to resolve on average, with a median of 48", () => {
    // 45 + 60 + 50 + 48 + 22 = 225, / 5 = 45. Sorted 22 45 48 50 60: the middle is 48; p90 lies at place 3.6: 50 + 0.6 × 10; p95 at 3.8.
    expect(figures.times.resolve).toEqual({
      count: 5,
      mean: 45 * MINUTE,
      p50: 48 * MINUTE,
      p90: 56 * MINUTE,
      p95: 58 * MINUTE,
    });
  });

  test("counts the way to the acknowledgement from the page, for those that were acknowledged", () => {
    // 7 2 3 3 → 15 / 4 = 3.75. Sorted 2 3 3 7: the median is 3; p90 at place 2.7: 3 + 0.7 × 4 = 5.8; p95 at 2.85: 3 + 0.85 × 4 = 6.4.
    const { acknowledge } = figures.times;
    expect(acknowledge).toMatchObject({ count: 4, mean: 3.75 * MINUTE, p50: 3 * MINUTE });
    expect(acknowledge?.p90).toBeCloseTo(5.8 * MINUTE, 3);
    expect(acknowledge?.p95).toBeCloseTo(6.4 * MINUTE, 3);
  });

  test("detects after 2.2 minutes and mitigates after 37.2, in the mean", () => {
    // (3 + 5 + 2 + 1 + 0) / 5 = 2.2; (30 + 60 + 40 + 40 + 16) / 5 = 37.2
    expect(figures.times.detect?.mean).toBeCloseTo(2.2 * MINUTE, 3);
    expect(figures.times.mitigate?.mean).toBeCloseTo(37.2 * MINUTE, 3);
  });

  test("counts by service, team and month", () => {
    expect(figures.byService.items).toEqual([
      { name: "order-service", count: 2 },
      { name: "payment-service", count: 2 },
      { name: "search", count: 1 },
    ]);
    expect(figures.byTeam.items).toEqual([
      { name: "orders", count: 4 },
      { name: "search", count: 1 },
    ]);
    expect(figures.byMonth).toEqual([{ name: "2026-11", count: 5 }]);
  });

  test("counts who was paged: one person at 02:13, and five in the off-hours of four incidents", () => {
    expect(figures.paging.byPerson.items).toEqual([
      { name: "Alice", pages: 4, night: 1 },
      { name: "Bob", pages: 1, night: 0 },
      { name: "Charlie", pages: 1, night: 0 },
    ]);
    expect(figures.paging).toMatchObject({ total: 5, night: 1 });
    expect(Object.fromEntries([...figures.paging.byHour.entries()].filter(([, count]) => count > 0))).toEqual({
      2: 1,
      9: 2,
      14: 2,
    });
  });

  test("shows the same page at the local hour of another zone: 02:13 UTC is 21:13 in New York, 09:02 is 04:02 there", () => {
    const { paging } = computeStatistics(NOVEMBER_2026, aStatisticsQuery({ zone: "America/New_York" }));
    expect(paging.night).toBe(2);
    expect(paging.byHour[21]).toBe(1);
  });

  test("counts a person's night in their own zone: 09:02 UTC wakes Bob in New York, and Charlie, without a zone, has the zone of the report, Tokyo", () => {
    const { paging } = computeStatistics(
      NOVEMBER_2026,
      aStatisticsQuery({
        zone: "Asia/Tokyo",
        people: new Map([
          ["Bob", "America/New_York"],
          ["Alice", "UTC"],
          ["Charlie", null],
        ]),
      }),
    );
    // Alice's 02:13 stays a night in UTC, her 09:21 and 14:xx do not become one, as 14:05 UTC (23:05) would in Tokyo.
    expect(paging.byPerson.items).toEqual([
      { name: "Alice", pages: 4, night: 1 },
      { name: "Bob", pages: 1, night: 1 },
      { name: "Charlie", pages: 1, night: 0 },
    ]);
  });

  test("counts a name with a comma as one person of the policy", () => {
    const one = anIncident({
      openedAt: instantIn2026("11-03 12:00"),
      pages: [aPage({ to: "Doe, Jane, Bob, Roe, R.", requestedAt: instantIn2026("11-03 12:00") })],
    });
    const names = (people: readonly string[]): string[] =>
      computeStatistics(
        [one],
        aStatisticsQuery({ people: new Map(people.map((name) => [name, null])) }),
      ).paging.byPerson.items.map(({ name }) => name);
    expect(names(["Doe, Jane", "Bob", "Roe, R."])).toEqual(["Bob", "Doe, Jane", "Roe, R."]);
    expect(names(["Bob"])).toEqual(["Bob", "Doe", "Jane", "R.", "Roe"]);
  });

  test("lists alerts without action, missing runbooks, repeats and overdue actions", () => {
    expect(figures.withoutAction).toEqual({ count: 1, items: [2] });
    expect(figures.withoutRunbook.items).toMatchObject([
      { signature: "search · HighLatency", count: 1, incidents: [2] },
    ]);
    expect(figures.repeats.items).toMatchObject([
      { signature: "order-service · HighLatency", count: 2, incidents: [1, 5] },
    ]);
    expect(figures.overdue.items).toEqual([
      { incident: 5, id: 1, text: "add a pool exhaustion alert", owner: "Alice", due: "2026-11-28" },
    ]);
    expect(figures.updates).toEqual({ sent: 4, onTime: 3 });
  });

  test("counts the minutes down once, in the month they lie in, against the month's own budget", () => {
    // 30 days are 43,200 minutes. 99.9 % leaves 43.2 of them, 99.95 % 21.6.
    // order-service 45 + 22 = 67; payment-service 09:00–09:50 and 09:20–10:08 are 09:00–10:08 = 68, not 98;
    // gateway 23:50–00:35 has 35 in November; search was P2 at its worst: not down.
    const rows = figures.services.items.map(({ service, down, uptime, budget }) => ({
      service,
      down: down / MINUTE,
      uptime: uptime!.toFixed(3),
      allowed: budget === null ? null : Number((budget.allowed / MINUTE).toFixed(6)),
      state: budget?.state ?? null,
    }));
    expect(rows).toEqual([
      { service: "gateway", down: 35, uptime: "99.919", allowed: 43.2, state: "slow down" }, // 35 / 43.2 = 81 %
      { service: "mail", down: 0, uptime: "100.000", allowed: 43.2, state: "ship" },
      { service: "order-service", down: 67, uptime: "99.845", allowed: 43.2, state: "freeze" },
      { service: "payment-service", down: 68, uptime: "99.843", allowed: 21.6, state: "freeze" },
      { service: "search", down: 0, uptime: "100.000", allowed: null, state: null },
    ]);
  });

  test("filters by service", () => {
    const one = computeStatistics([...NOVEMBER_2026, ...UNCOUNTED_OUTAGES], aStatisticsQuery({ service: "gateway" }));
    expect(one).toMatchObject({ total: 0, betweenFailures: null, times: { resolve: null } });
    expect(one.services.items).toMatchObject([{ service: "gateway", down: 35 * MINUTE }]);
  });

  test("counts private incidents only for those who may see them", () => {
    expect(computeStatistics([...NOVEMBER_2026, ...UNCOUNTED_OUTAGES], aStatisticsQuery({ private: true })).total).toBe(
      6,
    );
  });
});

test("the time after: three minutes to resolve, and 90 days from one incident to the next", () => {
  // January to March 2027 have 31 + 28 + 31 = 90 days.
  const start = parseInstant("2027-02-10T10:00:00Z")!;
  const one = anIncident({ status: "closed", detectedAt: start, openedAt: start, resolvedAt: start + 3 * MINUTE });
  const quarter = computeStatistics(
    [one],
    aStatisticsQuery({
      from: parseInstant("2027-01-01T00:00:00Z")!,
      to: parseInstant("2027-04-01T00:00:00Z")!,
      now: parseInstant("2027-04-01T00:00:00Z")!,
      slos: new Map(),
    }),
  );
  expect(quarter.times.resolve?.mean).toBe(3 * MINUTE);
  expect(quarter.betweenFailures).toBe(90 * DAY);
  expect(quarter.services.items.map(({ month }) => month)).toEqual(["2027-01", "2027-02", "2027-03"]);
});
