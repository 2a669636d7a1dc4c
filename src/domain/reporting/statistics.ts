import {
  isNotActionable,
  overdueActions,
  repeatedSignatures,
  signaturesWithoutRunbook,
  type OverdueAction,
  type AlertSignature,
} from "./alert-quality.ts";
import {
  isCounted,
  FAILURE_PRIORITIES,
  wasOpenedIn,
  timeToAcknowledge,
  timeToDetect,
  timeToMitigate,
  timeToResolve,
  type IncidentSummary,
} from "./incident-summary.ts";
import { serviceMonths, type ServiceMonth } from "./error-budget.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { isOpen, type Instant, type Priority } from "#domain/values/language.ts";
import { monthOf, monthsOf } from "#domain/values/calendar-month.ts";
import { pageLoad, type PageLoad } from "./page-load.ts";
import { findRemediatedIncidents, type RemediatedIncidents, type VerifiedRun } from "./remediated-incidents.ts";
import { summarizePercentiles, type PercentileSummary } from "#domain/values/percentiles.ts";

// docs/statistics.md describes these definitions; change both.

/** Figures over incidents; times in ms, medians, null where nothing is known. Drills, canceled and merged ones do not count. */
export type FiguresSummary = {
  readonly total: number;
  readonly open: number;
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly pages: number;
  readonly acknowledge: number | null;
  readonly mitigate: number | null;
  readonly resolve: number | null;
};

/** How many of something. */
export type NamedCount = { readonly name: string; readonly count: number };

/** All figures of a period. Times in ms; null where unknown. */
export type IncidentStatistics = FiguresSummary & {
  readonly from: Instant;
  readonly to: Instant;
  /** The default time zone of hours and nights. */
  readonly zone: string;
  /** From the start of an incident, except to acknowledge: from the page. */
  readonly times: {
    readonly detect: PercentileSummary | null;
    readonly acknowledge: PercentileSummary | null;
    readonly mitigate: PercentileSummary | null;
    readonly resolve: PercentileSummary | null;
  };
  /** Incidents of P0 to P2, and the mean time from the beginning of one to that of the next. */
  readonly failures: number;
  readonly betweenFailures: number | null;
  readonly byService: readonly NamedCount[];
  readonly byTeam: readonly NamedCount[];
  /** By the month in which they were opened, in order; a month without one is not listed. */
  readonly byMonth: readonly NamedCount[];
  readonly paging: PageLoad;
  readonly withoutAction: readonly number[];
  readonly withoutRunbook: readonly AlertSignature[];
  readonly repeats: readonly AlertSignature[];
  readonly overdue: readonly OverdueAction[];
  readonly updates: { readonly sent: number; readonly onTime: number };
  /** What runbooks mitigated. */
  readonly remediated: RemediatedIncidents;
  readonly services: readonly ServiceMonth[];
};

/** What is asked: incidents opened in [from, to). `private`: those too that not everyone may see. */
export type StatisticsQuery = {
  readonly from: Instant;
  readonly to: Instant;
  readonly now: Instant;
  readonly service: string | null;
  readonly private: boolean;
  readonly zone: string;
  /** Everyone of the policy by name, each with their own time zone; null where they have none. */
  readonly people?: ReadonlyMap<string, string | null>;
  /** The objective in percent of each service of the policy; null where it has none. */
  readonly slos: ReadonlyMap<string, number | null>;
  /** Runs that helped, of any incident. */
  readonly runs?: readonly VerifiedRun[];
  /** Incidents without a link to a runbook for which the catalog has one. */
  readonly cataloged?: ReadonlySet<number>;
};

/** The stretch of which cases are needed: budgets are those of whole months, and an alert may tell after one of a start within it. */
export function requiredPeriod({ from, to }: Pick<StatisticsQuery, "from" | "to">): {
  readonly from: Instant;
  readonly to: Instant;
} {
  return { from: monthOf(from).from, to: monthsOf(from, to).at(-1)!.to + LATE_ALERT_MS };
}
/** ms between the start that an alert tells and the opening, at the most that matters. */
const LATE_ALERT_MS = DAY_MS;

/** All figures. `cases` are those that were open at any instant of the months that the period touches; others do no harm. */
export function computeStatistics(cases: readonly IncidentSummary[], query: StatisticsQuery): IncidentStatistics {
  const { from, to, now, service, zone } = query;
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
    byService: counted(inPeriod, ({ route }) => route.service ?? "–"),
    byTeam: counted(inPeriod, ({ route }) => route.team ?? "–"),
    byMonth: counted(inPeriod, ({ openedAt }) => formatUtcDay(openedAt).slice(0, 7)).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
    paging: pageLoad(
      inPeriod.flatMap(({ pages }) => pages),
      zone,
      query.people ?? new Map(),
    ),
    withoutAction: inPeriod.filter(isNotActionable).map(({ number }) => number),
    withoutRunbook: signaturesWithoutRunbook(inPeriod.filter(({ number }) => query.cataloged?.has(number) !== true)),
    repeats: repeatedSignatures(inPeriod),
    overdue: overdueActions(inPeriod, now),
    updates: {
      sent: sum(inPeriod, ({ updates }) => updates.sent),
      onTime: sum(inPeriod, ({ updates }) => updates.onTime),
    },
    remediated: findRemediatedIncidents(inPeriod, query.runs ?? []),
    services: serviceMonths(visible, {
      from,
      to,
      now,
      slos: service === null ? query.slos : new Map([[service, query.slos.get(service) ?? null]]),
    }),
  };
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
