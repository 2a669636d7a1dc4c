import type { Instant } from "#domain/values/language.ts";
import { boundList, REPORT_BOUNDS, type BoundedList, type ListBounds } from "#domain/reporting/bounded-list.ts";
import { isNotActionable, overdueActions } from "#domain/reporting/alert-quality.ts";
import type { ServiceMonth } from "#domain/reporting/error-budget.ts";
import {
  FAILURE_PRIORITIES,
  isCounted,
  timeToAcknowledge,
  timeToDetect,
  timeToMitigate,
  timeToResolve,
} from "#domain/reporting/incident-times.ts";
import type { IncidentSummary } from "#domain/reporting/incident-summary.ts";
import { pageLoad } from "#domain/reporting/page-load.ts";
import {
  namedServices,
  type FiguresSummary,
  type IncidentStatistics,
  type NamedCount,
  type StatisticsQuery,
} from "#domain/reporting/statistics.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { isOpen, type Priority } from "#domain/values/language.ts";
import type { PercentileSummary } from "#domain/values/percentiles.ts";
import {
  boundLatest,
  findRemediatedIncidents,
  repeatedSignatures,
  firstOpenedAt,
  serviceMonths,
  signaturesWithoutRunbook,
  summarizePercentiles,
  wasOpenedIn,
} from "./expected-parts.ts";

// docs/statistics.md in code: what the figures mean, computed from whole incidents one by one. The product lets the
// database add them up (`src/db/reporting/`); tests compare the two over random incidents.

/**
 * All figures. `cases` are those that were open at any instant of the months that
 * the period touches; others do no harm. `since`: when the first of all was opened.
 */
export function computeStatistics(
  cases: readonly IncidentSummary[],
  query: StatisticsQuery,
  since: Instant | null = firstOpenedAt(cases),
): IncidentStatistics {
  const { from, to, now, service, zone, bounds = REPORT_BOUNDS } = query;
  const visible = cases.filter(
    (each) =>
      isCounted(each) && (query.private || !each.private) && (service === null || each.route.service === service),
  );
  const inPeriod = visible.filter((each) => wasOpenedIn(each, from, to));
  const known = (of: (each: IncidentSummary) => number | null): PercentileSummary | null =>
    summarizePercentiles(inPeriod.map(of).filter((ms) => ms !== null));
  const failures = inPeriod.filter(({ peak }) => FAILURE_PRIORITIES.has(peak)).length;
  const passed = Math.max(0, Math.min(to, now) - from);
  return {
    ...summarizeFigures(inPeriod),
    from,
    to,
    zone,
    times: {
      detect: known(timeToDetect),
      acknowledge: known(timeToAcknowledge),
      mitigate: known(timeToMitigate),
      resolve: known(timeToResolve),
    },
    failures,
    betweenFailures: failures === 0 ? null : passed / failures,
    byService: boundList(
      counted(inPeriod, ({ route }) => route.service ?? "–"),
      bounds,
    ),
    byTeam: boundList(
      counted(inPeriod, ({ route }) => route.team ?? "–"),
      bounds,
    ),
    byMonth: counted(inPeriod, ({ openedAt }) => formatUtcDay(openedAt).slice(0, 7)).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
    paging: pageLoad(
      inPeriod.flatMap(({ pages }) =>
        pages.filter(({ status }) => status !== "failed").map((page) => ({ ...page, count: 1 })),
      ),
      zone,
      query.people ?? new Map(),
      bounds,
    ),
    ...boundedLists(inPeriod, query, bounds),
    updates: {
      sent: sum(inPeriod, ({ updates }) => updates.sent),
      onTime: sum(inPeriod, ({ updates }) => updates.onTime),
    },
    remediated: findRemediatedIncidents(inPeriod, query.runs ?? [], bounds),
    services: boundServices(
      serviceMonths(visible, { from, to, now, slos: namedServices(query), since }),
      namedServices(query),
      bounds,
    ),
  };
}

/** What someone should look at. */
function boundedLists(
  inPeriod: readonly IncidentSummary[],
  { cataloged, now }: StatisticsQuery,
  bounds: ListBounds,
): Pick<IncidentStatistics, "withoutAction" | "withoutRunbook" | "repeats" | "overdue"> {
  return {
    withoutAction: boundLatest(
      inPeriod.filter(isNotActionable).map(({ number }) => number),
      bounds,
    ),
    withoutRunbook: boundList(
      signaturesWithoutRunbook(inPeriod.filter(({ number }) => cataloged?.has(number) !== true)),
      bounds,
    ),
    repeats: boundList(repeatedSignatures(inPeriod), bounds),
    overdue: boundList(overdueActions(inPeriod, now), bounds),
  };
}

function boundServices(
  months: readonly ServiceMonth[],
  named: StatisticsQuery["slos"],
  bounds: ListBounds,
): BoundedList<ServiceMonth> {
  const services = [...new Set(months.map(({ service }) => service))];
  const ordered = [...services.filter((each) => named.has(each)), ...services.filter((each) => !named.has(each))];
  const listed = new Set(boundList(ordered, bounds).items);
  return { count: services.length, items: months.filter(({ service }) => listed.has(service)) };
}

export function summarizeFigures(incidents: readonly IncidentSummary[]): FiguresSummary {
  const counted = incidents.filter(isCounted);
  const byPriority: Partial<Record<Priority, number>> = {};
  for (const { peak } of counted) byPriority[peak] = (byPriority[peak] ?? 0) + 1;
  const since = (pick: (incident: IncidentSummary) => number | null): number | null =>
    summarizePercentiles(
      counted.flatMap((incident) =>
        pick(incident) === null ? [] : [Math.max(0, pick(incident)! - incident.detectedAt)],
      ),
    )?.p50 ?? null;
  return {
    total: counted.length,
    open: counted.filter(({ status }) => isOpen(status)).length,
    byPriority,
    pages: sum(counted, ({ pages }) => pages.filter(({ status }) => status !== "failed").length),
    acknowledge: since(({ acknowledgedAt }) => acknowledgedAt),
    mitigate: since(({ mitigatedAt }) => mitigatedAt),
    resolve: since(({ resolvedAt }) => resolvedAt),
  };
}

function counted(cases: readonly IncidentSummary[], nameOf: (each: IncidentSummary) => string): NamedCount[] {
  const by = new Map<string, number>();
  for (const each of cases) by.set(nameOf(each), (by.get(nameOf(each)) ?? 0) + 1);
  return Array.from(by, ([name, count]) => ({ name, count })).toSorted(
    (a, b) => b.count - a.count || (a.name < b.name ? -1 : 1),
  );
}

function sum(cases: readonly IncidentSummary[], of: (each: IncidentSummary) => number): number {
  return cases.reduce((total, each) => total + of(each), 0);
}
