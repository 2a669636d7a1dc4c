import { DOWN, within } from "./downtime.ts";
import { budget, type Budget } from "./error-budget.ts";
import type { Incident } from "./incident.ts";
import { monthOf, type Month } from "./month.ts";

/** What this incident alone used of the error budget of the month in which it began. */
export type BudgetUsed = { readonly month: Month["name"]; readonly down: number; readonly budget: Budget };

/** As the statistics count it: from the start to the resolution of what was P0 or P1 at its worst. null for everything else. */
export function budgetUsed({ peak, drill, detectedAt, resolvedAt }: Incident, slo: number | null): BudgetUsed | null {
  if (slo === null || drill || !DOWN.has(peak) || resolvedAt === null) return null;
  const month = monthOf(detectedAt);
  const down = within([{ from: detectedAt, to: resolvedAt }], month);
  return { month: month.name, down, budget: budget(slo, month.to - month.from, down) };
}
