import { DOWN_PRIORITIES, overlapDuration } from "./downtime.ts";
import { computeErrorBudget, type ErrorBudget } from "./error-budget.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { monthOf, type CalendarMonth } from "#domain/values/calendar-month.ts";

/** What this incident alone used of the error budget of the month in which it began. */
export type BudgetUsed = { readonly month: CalendarMonth["name"]; readonly down: number; readonly budget: ErrorBudget };

/** As the statistics count it: from the start to the resolution of what was P0 or P1 at its worst. null for everything else. */
export function budgetUsed({ peak, drill, detectedAt, resolvedAt }: Incident, slo: number | null): BudgetUsed | null {
  if (slo === null || drill || !DOWN_PRIORITIES.has(peak) || resolvedAt === null) return null;
  const month = monthOf(detectedAt);
  const down = overlapDuration([{ from: detectedAt, to: resolvedAt }], month);
  return { month: month.name, down, budget: computeErrorBudget(slo, month.to - month.from, down) };
}
