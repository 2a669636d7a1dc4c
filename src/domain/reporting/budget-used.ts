import { DOWN_PRIORITIES, downStretches, overlapDuration } from "./downtime.ts";
import { computeErrorBudget, type ErrorBudget } from "./error-budget.ts";
import { summarizeIncident } from "./incident-summary.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { monthsOf, type CalendarMonth } from "#domain/values/calendar-month.ts";

/** What this incident alone used of the error budget of a month. */
export type BudgetUsed = { readonly month: CalendarMonth["name"]; readonly down: number; readonly budget: ErrorBudget };

/**
 * Of each month in which it was down, as the statistics count it: P0 and P1, by the stretches of `downStretches`. Empty for
 * everything else, and while it is not resolved.
 */
export function budgetsUsed(incident: Incident, slo: number | null): readonly BudgetUsed[] {
  const { peak, drill, detectedAt, resolvedAt } = incident;
  if (slo === null || drill || !DOWN_PRIORITIES.has(peak) || resolvedAt === null) return [];
  const windows = downStretches(summarizeIncident(incident)).map(({ from, to }) => ({ from, to: to ?? resolvedAt }));
  return monthsOf(detectedAt, Math.max(resolvedAt, detectedAt + 1)).flatMap((month) => {
    const down = overlapDuration(windows, month);
    return down === 0
      ? []
      : [{ month: month.name, down, budget: computeErrorBudget(slo, month.to - month.from, down) }];
  });
}
