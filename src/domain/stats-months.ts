import { counts, openedIn, timeToAcknowledge, timeToResolve, type Case } from "./case.ts";
import type { Instant, Priority } from "./language.ts";
import { monthOf, type Month } from "./month.ts";
import { spread } from "./percentiles.ts";
import type { Asked } from "./stats.ts";

/** What the incidents that were opened in one month add up to, as far as a plot of many months shows it; medians in ms. */
export type MonthFigures = {
  readonly month: string;
  readonly byPriority: Readonly<Partial<Record<Priority, number>>>;
  readonly acknowledge: number | null;
  readonly resolve: number | null;
};

/** So many whole months, the last of them that of the last instant before `to`, in order. */
export function monthsBefore(to: Instant, count: number): readonly Month[] {
  const months = [monthOf(to - 1)];
  while (months.length < count) months.unshift(monthOf(months[0]!.from - 1));
  return months;
}

/** Each month's figures; the same incidents count as in `statistics`. */
export function monthly(cases: readonly Case[], months: readonly Month[], asked: Pick<Asked, "private" | "service">): readonly MonthFigures[] {
  const visible = cases.filter((each) => counts(each) && (asked.private || !each.private) && (asked.service === null || each.route.service === asked.service));
  return months.map(({ name, from, to }) => {
    const mine = visible.filter((each) => openedIn(each, from, to));
    const byPriority: Partial<Record<Priority, number>> = {};
    for (const { peak } of mine) byPriority[peak] = (byPriority[peak] ?? 0) + 1;
    const median = (of: (each: Case) => number | null): number | null => spread(mine.map(of).filter((ms) => ms !== null))?.p50 ?? null;
    return { month: name, byPriority, acknowledge: median(timeToAcknowledge), resolve: median(timeToResolve) };
  });
}
