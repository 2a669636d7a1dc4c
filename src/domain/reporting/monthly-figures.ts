import type { Instant, Priority } from "#domain/values/language.ts";
import { monthOf, type CalendarMonth } from "#domain/values/calendar-month.ts";

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
