import type { Instant } from "#domain/values/language.ts";
import type { CalendarMonth } from "#domain/values/calendar-month.ts";

/** What the budget means for releases: go on, be careful, or only reliability work. */
export type BudgetState = "ship" | "slow down" | "freeze";

/** An error budget: how long a service may be down, how long it was. In ms; `usedShare` 1 is all of it. */
export type ErrorBudget = {
  readonly slo: number;
  readonly allowed: number;
  readonly left: number;
  readonly usedShare: number;
  readonly state: BudgetState;
};

/** From this share on the end of a budget is near. */
const NEAR = 0.75;

/**
 * The budget of a period of `length` ms for a service that promises `slo` percent: 99.9 of 30 days are 43.2 minutes. The
 * share that is left to fail is reckoned in millionths of a percent, because 100 − 99.95 in floating point is not 0.05.
 */
export function computeErrorBudget(slo: number, length: number, down: number): ErrorBudget {
  const allowed = (length * Math.round((100 - slo) * 1e6)) / 1e8;
  const usedShare = allowed > 0 ? down / allowed : down > 0 ? Infinity : 0;
  return {
    slo,
    allowed,
    left: allowed - down,
    usedShare,
    state: usedShare >= 1 ? "freeze" : usedShare >= NEAR ? "slow down" : "ship",
  };
}

/** One service in one month: ms down, and what share of the time that has passed it was up, in percent. */
export type ServiceMonth = {
  readonly service: string;
  readonly month: string;
  readonly down: number;
  /** null in a month that has not begun, and in one that ended before anything was known: that is no data, and not 100 %. */
  readonly uptime: number | null;
  /** null for a service of which no objective is known, and where there is no data. */
  readonly budget: ErrorBudget | null;
};

/** One service in one month in which it was down for `down` ms. `since`: when the first incident of any service was known; null: none is. */
export function serviceMonth(
  service: string,
  month: CalendarMonth,
  {
    down,
    now,
    slo,
    since,
  }: { readonly down: number; readonly now: Instant; readonly slo: number | null; readonly since: Instant | null },
): ServiceMonth {
  const passed = Math.min(now, month.to) - month.from;
  const isKnown = since !== null && month.to > since;
  return {
    service,
    month: month.name,
    down,
    uptime: passed > 0 && isKnown ? 100 * (1 - down / passed) : null,
    budget: slo === null || !isKnown ? null : computeErrorBudget(slo, month.to - month.from, down),
  };
}
