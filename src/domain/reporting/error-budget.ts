import { isCounted, type IncidentSummary } from "./incident-summary.ts";
import { downWindows, overlapDuration } from "./downtime.ts";
import type { Instant } from "#domain/values/language.ts";
import { monthsOf } from "#domain/values/calendar-month.ts";

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
  /** null in a month that has not begun. */
  readonly uptime: number | null;
  /** null for a service of which no objective is known. */
  readonly budget: ErrorBudget | null;
};

/**
 * Uptime and error budget of each service in each month that [from, to) touches, whole months always. `slos`: percent by
 * service; these services are told of even when nothing happened. The budget is that of the month's true length.
 */
export function serviceMonths(
  cases: readonly IncidentSummary[],
  {
    from,
    to,
    now,
    slos,
  }: {
    readonly from: Instant;
    readonly to: Instant;
    readonly now: Instant;
    readonly slos: ReadonlyMap<string, number | null>;
  },
): readonly ServiceMonth[] {
  const byService = Map.groupBy(cases.filter(isCounted), ({ route }) => route.service);
  const services = [...new Set([...slos.keys(), ...[...byService.keys()].filter((name) => name !== null)])].toSorted();
  const months = monthsOf(from, to);
  return services.flatMap((service) => {
    const windows = downWindows(byService.get(service) ?? [], now);
    const slo = slos.get(service) ?? null;
    return months.map((month): ServiceMonth => {
      const passed = Math.min(now, month.to) - month.from;
      const down = overlapDuration(windows, { from: month.from, to: Math.min(now, month.to) });
      return {
        service,
        month: month.name,
        down,
        uptime: passed > 0 ? 100 * (1 - down / passed) : null,
        budget: slo === null ? null : computeErrorBudget(slo, month.to - month.from, down),
      };
    });
  });
}
