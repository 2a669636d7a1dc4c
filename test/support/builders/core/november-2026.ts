import type { Incident } from "#domain/incident/incident.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Priority } from "#domain/values/language.ts";
import type { StatisticsQuery } from "#domain/reporting/statistics.ts";
import { aPage, aRoute, anIncident } from "#test/support/builders/incidents.ts";

/** "11-03 02:10" in 2026, UTC. */
export const instantIn2026 = (text: string): number => parseInstant(`2026-${text.replace(" ", "T")}:00Z`)!;

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
 * November 2026, 30 days, as the case study describes the time before: five incidents, a mean of 45 minutes to resolve,
 * six days from one to the next. Every figure of statistics-of-a-month.test.ts is computed by hand from this table.
 *
 *     service          peak  start        opened  page→ack  mitigated  resolved   TTD TTA TTM TTR
 * 1   order-service    P1    11-03 02:10  02:13   02:20     02:40      02:55        3   7  30  45
 * 2   search           P2    11-09 14:00  14:05   –         15:00      15:00        5   –  60  60
 * 3   payment-service  P0    11-15 09:00  09:02   09:04     09:40      09:50        2   2  40  50
 * 4   payment-service  P1    11-15 09:20  09:21   09:24     10:00      10:08        1   3  40  48
 * 5   order-service    P1    11-21 14:32  14:32   14:35     14:48      14:54        0   3  16  22
 * 6   gateway          P1    10-31 23:50  23:52   (October's incident: only its time in November counts)   00:35
 */
export const NOVEMBER_2026: readonly Incident[] = [
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
/** Long outages that no figure may count. */
export const UNCOUNTED_OUTAGES: readonly Incident[] = [
  aCase(OUTAGE, { drill: true }),
  aCase(OUTAGE, { status: "canceled" }),
  aCase(OUTAGE, { status: "merged" }),
  aCase({ ...OUTAGE, n: 8 }, { private: true }),
];

/** A question about November 2026, asked when it has ended. */
export const aStatisticsQuery = (overrides: Partial<StatisticsQuery> = {}): StatisticsQuery => ({
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
