import { describe, expect, test } from "vitest";
import type { Incident } from "#domain/incident/incident.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Priority } from "#domain/values/language.ts";
import { computeStatistics, type StatisticsQuery } from "#domain/reporting/statistics.ts";
import { aPage, aRoute, anIncident } from "#test/support/builders/incidents.ts";
import { MINUTE, DAY } from "#test/support/builders/instants.ts";

/** "11-03 02:10" in 2026, UTC. */
const instantIn2026 = (text: string): number => parseInstant(`2026-${text.replace(" ", "T")}:00Z`)!;

type CaseSetup = {
  readonly n: number;
  readonly service: string;
  readonly peak: Priority;
  readonly start: string;
  readonly opened: string;
  readonly acknowledged: string | null;
  readonly mitigated: string;
  readonly resolved: string;
};

const aCase = (
  { n, service, peak, start, opened, acknowledged, mitigated, resolved }: CaseSetup,
  overrides: Partial<Incident> = {},
): Incident => {
  const ack = acknowledged === null ? null : instantIn2026(acknowledged);
  return anIncident({
    number: n,
    key: `["${service}","HighLatency"]`,
    status: "closed",
    peak,
    route: aRoute({ service, team: service === "search" ? "search" : "orders" }),
    detectedAt: instantIn2026(start),
    openedAt: instantIn2026(opened),
    acknowledgedAt: ack,
    mitigatedAt: instantIn2026(mitigated),
    resolvedAt: instantIn2026(resolved),
    resolvedBy: "alerts",
    pages: [
      aPage({
        to: n === 3 ? "Bob, Charlie" : "Alice",
        requestedAt: instantIn2026(opened),
        acknowledgedAt: ack,
        status: "resolved",
      }),
    ],
    ...overrides,
  });
};

/**
 * November 2026, 30 days, as the case study tells of the time before: five incidents, a mean of 45 minutes to resolve,
 * six days from one to the next. Every figure below is computed by hand from this table.
 *
 *     service          peak  start        opened  page→ack  mitigated  resolved   TTD TTA TTM TTR
 * 1   order-service    P1    11-03 02:10  02:13   02:20     02:40      02:55        3   7  30  45
 * 2   search           P2    11-09 14:00  14:05   –         15:00      15:00        5   –  60  60
 * 3   payment-service  P0    11-15 09:00  09:02   09:04     09:40      09:50        2   2  40  50
 * 4   payment-service  P1    11-15 09:20  09:21   09:24     10:00      10:08        1   3  40  48
 * 5   order-service    P1    11-21 14:32  14:32   14:35     14:48      14:54        0   3  16  22
 * 6   gateway          P1    10-31 23:50  23:52   (October's incident: only its time in November counts)   00:35
 */
const MONTH: readonly Incident[] = [
  aCase(
    {
      n: 1,
      service: "order-service",
      peak: "P1",
      start: "11-03 02:10",
      opened: "11-03 02:13",
      acknowledged: "11-03 02:20",
      mitigated: "11-03 02:40",
      resolved: "11-03 02:55",
    },
    { updates: { ...anIncident().updates, sent: 2, onTime: 1 } },
  ),
  aCase(
    {
      n: 2,
      service: "search",
      peak: "P2",
      start: "11-09 14:00",
      opened: "11-09 14:05",
      acknowledged: null,
      mitigated: "11-09 15:00",
      resolved: "11-09 15:00",
    },
    { links: { ...anIncident().links, runbook: null } },
  ),
  aCase(
    {
      n: 3,
      service: "payment-service",
      peak: "P0",
      start: "11-15 09:00",
      opened: "11-15 09:02",
      acknowledged: "11-15 09:04",
      mitigated: "11-15 09:40",
      resolved: "11-15 09:50",
    },
    { updates: { ...anIncident().updates, sent: 2, onTime: 2 } },
  ),
  aCase(
    {
      n: 4,
      service: "payment-service",
      peak: "P1",
      start: "11-15 09:20",
      opened: "11-15 09:21",
      acknowledged: "11-15 09:24",
      mitigated: "11-15 10:00",
      resolved: "11-15 10:08",
    },
    { key: '["payment-service","ErrorRate"]' },
  ),
  aCase(
    {
      n: 5,
      service: "order-service",
      peak: "P1",
      start: "11-21 14:32",
      opened: "11-21 14:32",
      acknowledged: "11-21 14:35",
      mitigated: "11-21 14:48",
      resolved: "11-21 14:54",
    },
    {
      tasks: [
        {
          id: 1,
          kind: "followup",
          text: "add a pool exhaustion alert",
          owner: { id: "U0ALICE01", name: "Alice" },
          due: "2026-11-28",
          doneAt: null,
        },
        { id: 2, kind: "followup", text: "test the exception path", owner: null, due: "2026-12-24", doneAt: null },
        {
          id: 3,
          kind: "followup",
          text: "done in time",
          owner: null,
          due: "2026-11-22",
          doneAt: instantIn2026("11-22 09:00"),
        },
      ],
    },
  ),
  aCase({
    n: 6,
    service: "gateway",
    peak: "P1",
    start: "10-31 23:50",
    opened: "10-31 23:52",
    acknowledged: "10-31 23:55",
    mitigated: "11-01 00:30",
    resolved: "11-01 00:35",
  }),
];

const OUTAGE: CaseSetup = {
  n: 7,
  service: "order-service",
  peak: "P0",
  start: "11-25 00:00",
  opened: "11-25 00:00",
  acknowledged: "11-25 01:00",
  mitigated: "11-26 00:00",
  resolved: "11-26 00:00",
};
const UNCOUNTED: readonly Incident[] = [
  aCase(OUTAGE, { drill: true }),
  aCase(OUTAGE, { status: "canceled" }),
  aCase(OUTAGE, { status: "merged" }),
  aCase({ ...OUTAGE, n: 8 }, { private: true }),
];

const aQuery = (overrides: Partial<StatisticsQuery> = {}): StatisticsQuery => ({
  from: instantIn2026("11-01 00:00"),
  to: instantIn2026("12-01 00:00"),
  now: instantIn2026("12-02 00:00"),
  service: null,
  private: false,
  zone: "UTC",
  slos: new Map([
    ["order-service", 99.9],
    ["payment-service", 99.95],
    ["gateway", 99.9],
    ["mail", 99.9],
    ["search", null],
  ]),
  ...overrides,
});

describe("November 2026, computed by hand", () => {
  const figures = computeStatistics([...MONTH, ...UNCOUNTED], aQuery());

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
    expect(figures.byService).toEqual([
      { name: "order-service", count: 2 },
      { name: "payment-service", count: 2 },
      { name: "search", count: 1 },
    ]);
    expect(figures.byTeam).toEqual([
      { name: "orders", count: 4 },
      { name: "search", count: 1 },
    ]);
    expect(figures.byMonth).toEqual([{ name: "2026-11", count: 5 }]);
  });

  test("counts who was paged: one person at 02:13, and five in the off-hours of four incidents", () => {
    expect(figures.paging.byPerson).toEqual([
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
    const { paging } = computeStatistics(MONTH, aQuery({ zone: "America/New_York" }));
    expect(paging.night).toBe(2);
    expect(paging.byHour[21]).toBe(1);
  });

  test("counts a person's night in their own zone: 09:02 UTC wakes Bob in New York, and Charlie, without a zone, has the zone of the report, Tokyo", () => {
    const { paging } = computeStatistics(
      MONTH,
      aQuery({
        zone: "Asia/Tokyo",
        people: new Map([
          ["Bob", "America/New_York"],
          ["Alice", "UTC"],
          ["Charlie", null],
        ]),
      }),
    );
    // Alice's 02:13 stays a night in UTC, her 09:21 and 14:xx do not become one, as 14:05 UTC (23:05) would in Tokyo.
    expect(paging.byPerson).toEqual([
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
      computeStatistics([one], aQuery({ people: new Map(people.map((name) => [name, null])) })).paging.byPerson.map(
        ({ name }) => name,
      );
    expect(names(["Doe, Jane", "Bob", "Roe, R."])).toEqual(["Bob", "Doe, Jane", "Roe, R."]);
    expect(names(["Bob"])).toEqual(["Bob", "Doe", "Jane", "R.", "Roe"]);
  });

  test("lists alerts without action, missing runbooks, repeats and overdue actions", () => {
    expect(figures.withoutAction).toEqual([2]);
    expect(figures.withoutRunbook).toEqual([{ signature: "search · HighLatency", incidents: [2] }]);
    expect(figures.repeats).toEqual([{ signature: "order-service · HighLatency", incidents: [1, 5] }]);
    expect(figures.overdue).toEqual([
      { incident: 5, id: 1, text: "add a pool exhaustion alert", owner: "Alice", due: "2026-11-28" },
    ]);
    expect(figures.updates).toEqual({ sent: 4, onTime: 3 });
  });

  test("counts the minutes down once, in the month they lie in, against the month's own budget", () => {
    // 30 days are 43,200 minutes. 99.9 % leaves 43.2 of them, 99.95 % 21.6.
    // order-service 45 + 22 = 67; payment-service 09:00–09:50 and 09:20–10:08 are 09:00–10:08 = 68, not 98;
    // gateway 23:50–00:35 has 35 in November; search was P2 at its worst: not down.
    const rows = figures.services.map(({ service, down, uptime, budget }) => ({
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
    const one = computeStatistics([...MONTH, ...UNCOUNTED], aQuery({ service: "gateway" }));
    expect(one).toMatchObject({ total: 0, betweenFailures: null, times: { resolve: null } });
    expect(one.services).toMatchObject([{ service: "gateway", down: 35 * MINUTE }]);
  });

  test("counts private incidents only for those who may see them", () => {
    expect(computeStatistics([...MONTH, ...UNCOUNTED], aQuery({ private: true })).total).toBe(6);
  });
});

test("the time after: three minutes to resolve, and 90 days from one incident to the next", () => {
  // January to March 2027 have 31 + 28 + 31 = 90 days.
  const start = parseInstant("2027-02-10T10:00:00Z")!;
  const one = anIncident({ status: "closed", detectedAt: start, openedAt: start, resolvedAt: start + 3 * MINUTE });
  const quarter = computeStatistics(
    [one],
    aQuery({
      from: parseInstant("2027-01-01T00:00:00Z")!,
      to: parseInstant("2027-04-01T00:00:00Z")!,
      now: parseInstant("2027-04-01T00:00:00Z")!,
      slos: new Map(),
    }),
  );
  expect(quarter.times.resolve?.mean).toBe(3 * MINUTE);
  expect(quarter.betweenFailures).toBe(90 * DAY);
  expect(quarter.services.map(({ month }) => month)).toEqual(["2027-01", "2027-02", "2027-03"]);
});
