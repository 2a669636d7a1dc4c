import { isCounted, wasOpenedIn, timeToAcknowledge, timeToResolve, type IncidentSummary } from "./incident-summary.ts";
import type { Instant, Priority } from "#domain/values/language.ts";
import { monthOf, type CalendarMonth } from "#domain/values/calendar-month.ts";
import { summarizePercentiles } from "#domain/values/percentiles.ts";
import type { StatisticsQuery } from "./statistics.ts";

/** What the incidents that were opened in one month add up to, as far as a plot of many months shows it; medians in ms. */
export type MonthFigures = {
  readonly month: string;
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly acknowledge: number | null;
  readonly resolve: number | null;
};

/** So many whole months, the last of them that of the last instant before `to`, in order. */
export function monthsBefore(to: Instant, count: number): readonly CalendarMonth[] {
  const months = [monthOf(to - 1)];
  while (months.length < count) months.unshift(monthOf(months[0]!.from - 1));
  return months;
}

/** Each month's figures; the same incidents count as in `statistics`. */
export function monthlyFigures(
  cases: readonly IncidentSummary[],
  months: readonly CalendarMonth[],
  query: Pick<StatisticsQuery, "private" | "service">,
): readonly MonthFigures[] {
  const visible = cases.filter(
    (each) =>
      isCounted(each) &&
      (query.private || !each.private) &&
      (query.service === null || each.route.service === query.service),
  );
  return months.map(({ name, from, to }) => {
    const inPeriod = visible.filter((each) => wasOpenedIn(each, from, to));
    const byPriority: Partial<Record<Priority, number>> = {};
    for (const { peak } of inPeriod) byPriority[peak] = (byPriority[peak] ?? 0) + 1;
    const median = (of: (each: IncidentSummary) => number | null): number | null =>
      summarizePercentiles(inPeriod.map(of).filter((ms) => ms !== null))?.p50 ?? null;
    return { month: name, byPriority, acknowledge: median(timeToAcknowledge), resolve: median(timeToResolve) };
  });
}
