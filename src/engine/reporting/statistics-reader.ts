import {
  idleIncidents,
  incidentsOfSignature,
  overdueFollowups,
  remediatedIncidents,
} from "#db/reporting/incident-lists.ts";
import { pageGroups } from "#db/reporting/page-groups.ts";
import { figuresByMonth, periodCounts, periodTotals } from "#db/reporting/period-figures.ts";
import { firstKnownAt, serviceDowntime } from "#db/reporting/service-downtime.ts";
import { signatureLists } from "#db/reporting/signature-figures.ts";
import { serviceMonth, type ServiceMonth } from "#domain/reporting/error-budget.ts";
import { figureText } from "#domain/reporting/incident-figures.ts";
import { monthsBefore, type MonthFigures } from "#domain/reporting/monthly-figures.ts";
import { pageLoad, type PageLoad } from "#domain/reporting/page-load.ts";
import type { Policy } from "#domain/policy/policy.ts";
import {
  namedServices,
  requiredPeriod,
  type IncidentStatistics,
  type StatisticsQuery,
} from "#domain/reporting/statistics.ts";
import { REPORT_BOUNDS, type BoundedList } from "#domain/reporting/bounded-list.ts";
import { monthsOf } from "#domain/values/calendar-month.ts";
import { clockSegments } from "#domain/values/wall-clock.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { refreshLookups } from "./catalog-lookups.ts";
import { createFiguresReady } from "./figures-keeper.ts";

/** Which figures: the policy and the clock are added. */
export type StatisticsPeriod = Pick<StatisticsQuery, "from" | "to" | "service" | "private" | "zone" | "bounds">;

/** What is asked of the figures of incidents. */
export type StatisticsReads = {
  /** What the incidents of a period add up to (docs/statistics.md). */
  statistics(period: StatisticsPeriod): Promise<IncidentStatistics>;
  /** Of them those about alerts. */
  noise(period: StatisticsPeriod): Promise<NoiseFigures>;
  /** All, and beside them those of so many months, the last of them that of the period's end. */
  statisticsByMonth(period: StatisticsPeriod, months: number): Promise<StatisticsByMonth>;
  /** The incidents of a period that one signature of its alerts opened: the latest, in order. */
  signatureIncidents(period: StatisticsPeriod, key: string): Promise<BoundedList<number>>;
};

/** Reads figures; the first time it waits until none are missing. */
export function statisticsReads(engine: Around): StatisticsReads {
  const { db } = engine.connection;
  const ready = createFiguresReady(engine);
  const stored = (period: StatisticsPeriod): StatisticsPeriod => ({ ...period, service: figureText(period.service) });
  return {
    statistics: (period) => ready().then(() => readStatistics(engine, stored(period))),
    noise: (period) => ready().then(() => readNoise(engine, stored(period))),
    statisticsByMonth: (period, count) => ready().then(() => readStatisticsByMonth(engine, stored(period), count)),
    signatureIncidents: (period, key) =>
      ready().then(() => incidentsOfSignature(db, stored(period), figureText(key), period.bounds ?? REPORT_BOUNDS)),
  };
}

type Around = Pick<Engine, "connection" | "clock" | "policy" | "automation">;

/**
 * The statistics of a period (docs/statistics.md). The database adds up; what it does not have (clocks of people,
 * objectives of services) is put together here, from groups of which there are few.
 */
async function readStatistics(engine: Around, period: StatisticsPeriod): Promise<IncidentStatistics> {
  const { db } = engine.connection;
  const { from, to, zone, bounds = REPORT_BOUNDS } = period;
  const now = engine.clock();
  await refreshLookups(engine, period);
  // Two at a time: a page takes two connections of the pool, and leaves the others to the doors.
  const [{ idle, resolved, ...totals }, lists] = await Promise.all([
    periodTotals(db, period),
    signatureLists(db, period, bounds),
  ]);
  const [counts, paging] = await Promise.all([periodCounts(db, period, bounds), readPageLoad(engine, period)]);
  const [services, overdue] = await Promise.all([
    readServiceMonths(engine, period),
    overdueFollowups(db, period, now, bounds),
  ]);
  const passed = Math.max(0, Math.min(to, now) - from);
  return {
    ...totals,
    ...counts,
    ...lists,
    from,
    to,
    zone,
    betweenFailures: totals.failures === 0 ? null : passed / totals.failures,
    paging,
    withoutAction: await idleIncidents(db, period, idle, bounds),
    overdue,
    remediated: await remediatedIncidents(db, period, resolved, bounds),
    services,
  };
}

/** The figures that show which alerts cost attention and gave nothing for it. */
export type NoiseFigures = Pick<
  IncidentStatistics,
  "from" | "to" | "total" | "withoutAction" | "withoutRunbook" | "repeats"
>;

async function readNoise(engine: Around, period: StatisticsPeriod): Promise<NoiseFigures> {
  const { db } = engine.connection;
  const { from, to, bounds = REPORT_BOUNDS } = period;
  await refreshLookups(engine, period);
  const [{ total, idle }, lists] = await Promise.all([periodTotals(db, period), signatureLists(db, period, bounds)]);
  return { ...lists, from, to, total, withoutAction: await idleIncidents(db, period, idle, bounds) };
}

/** The figures of a period, and beside them those of so many months, the last of them that of the period's end. */
type StatisticsByMonth = { readonly figures: IncidentStatistics; readonly months: readonly MonthFigures[] };

async function readStatisticsByMonth(
  engine: Around,
  period: StatisticsPeriod,
  count: number,
): Promise<StatisticsByMonth> {
  const figures = await readStatistics(engine, period);
  return { figures, months: await figuresByMonth(engine.connection.db, monthsBefore(period.to, count), period) };
}

async function readPageLoad(engine: Around, period: StatisticsPeriod): Promise<PageLoad> {
  const people = zonesOf(engine.policy());
  const zones = [period.zone, ...[...people.values()].filter((zone) => zone !== null)];
  // Pages follow the opening; a day before is more than clocks differ.
  const segments = clockSegments(zones, period.from - DAY_MS, Math.max(engine.clock(), period.to) + DAY_MS);
  const groups = await pageGroups(engine.connection.db, period, segments);
  return pageLoad(groups, period.zone, people, period.bounds ?? REPORT_BOUNDS);
}

async function readServiceMonths(engine: Around, period: StatisticsPeriod): Promise<BoundedList<ServiceMonth>> {
  const now = engine.clock();
  const named = namedServices({ service: period.service, slos: objectivesOf(engine.policy()) });
  const months = monthsOf(period.from, period.to);
  const { count, services } = await serviceDowntime(
    engine.connection.db,
    { ...period, ...requiredPeriod(period) },
    months,
    now,
    [...named.keys()],
    period.bounds ?? REPORT_BOUNDS,
  );
  const since = await firstKnownAt(engine.connection.db);
  return {
    count,
    items: services.flatMap(({ service, down }) =>
      months.map((month, i) =>
        serviceMonth(service, month, { down: down[i]!, now, slo: named.get(service) ?? null, since }),
      ),
    ),
  };
}

function objectivesOf({ services }: Policy): ReadonlyMap<string, number | null> {
  return new Map(Object.entries(services).map(([name, { slo }]) => [figureText(name), slo ?? null]));
}

function zonesOf({ people }: Policy): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(people).map(([id, { name, timezone }]) => [name ?? id, timezone ?? null]));
}
