import { summariesBetween } from "#db/incidents.ts";
import { verifiedRuns, runbookTraces } from "#db/run-limits.ts";
import { wasOpenedIn, type IncidentSummary } from "#domain/reporting/incident-summary.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { monthlyFigures, monthsBefore, type MonthFigures } from "#domain/reporting/monthly-figures.ts";
import {
  computeStatistics,
  requiredPeriod,
  type IncidentStatistics,
  type StatisticsQuery,
} from "#domain/reporting/statistics.ts";
import { hasRunbook } from "#runbooks/index.ts";
import type { Engine } from "#engine/base/engine.ts";

/** Which figures: the policy and the clock are added. */
export type StatisticsPeriod = Omit<StatisticsQuery, "now" | "slos" | "people" | "runs" | "shelved">;

type Around = Pick<Engine, "connection" | "clock" | "policy" | "automation">;

/** What the incidents of a period add up to (docs/statistics.md). */
export async function readStatistics(engine: Around, period: StatisticsPeriod): Promise<IncidentStatistics> {
  const { from, to } = requiredPeriod(period);
  const cases = await summariesBetween(engine.connection.db, from, to);
  return computeStatistics(cases, await buildStatisticsQuery(engine, cases, period));
}

/** The figures of a period, and beside them those of so many months, the last of them that of the period's end. */
export type StatisticsByMonth = { readonly figures: IncidentStatistics; readonly months: readonly MonthFigures[] };

export async function readStatisticsByMonth(
  engine: Around,
  period: StatisticsPeriod,
  count: number,
): Promise<StatisticsByMonth> {
  const { from, to } = requiredPeriod(period);
  const months = monthsBefore(period.to, count);
  const cases = await summariesBetween(engine.connection.db, Math.min(from, months[0]!.from), to);
  const query = await buildStatisticsQuery(engine, cases, period);
  return { figures: computeStatistics(cases, query), months: monthlyFigures(cases, months, query) };
}

/** A period with what statistics need to know around it. */
async function buildStatisticsQuery(
  engine: Around,
  cases: readonly IncidentSummary[],
  period: StatisticsPeriod,
): Promise<StatisticsQuery> {
  const policy = engine.policy();
  return {
    ...period,
    now: engine.clock(),
    slos: slosOf(policy),
    people: zonesOf(policy),
    runs: await verifiedRuns(engine.connection.db, period.from),
    cataloged: await incidentsInCatalog(engine, cases, period),
  };
}

/** Incidents that link to no runbook although the catalogue has one: it ran for them, or matches an alert that is theirs still. */
async function incidentsInCatalog(
  engine: Around,
  cases: readonly IncidentSummary[],
  { from, to }: Pick<StatisticsPeriod, "from" | "to">,
): Promise<ReadonlySet<number>> {
  const bare = cases
    .filter((each) => each.links.runbook === null && wasOpenedIn(each, from, to))
    .map(({ number }) => number);
  const { ran, alerts } = await runbookTraces(engine.connection.db, bare);
  const runbooks = engine.automation?.catalogue().runbooks ?? [];
  return new Set([
    ...ran,
    ...alerts.filter(({ labels }) => hasRunbook(runbooks, labels)).map(({ incident }) => incident),
  ]);
}

function slosOf({ services }: Policy): ReadonlyMap<string, number | null> {
  return new Map(Object.entries(services).map(([name, { slo }]) => [name, slo ?? null]));
}

function zonesOf({ people }: Policy): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(people).map(([id, { name, timezone }]) => [name ?? id, timezone ?? null]));
}
