import type { Priority } from "#domain/values/language.ts";
import type { Policy } from "./policy.ts";

/**
 * What the pager may call a priority, the best first: as the policy names it, else its own name. A pager may have no
 * P0, because its priorities begin with P1: there a P0 is among the highest.
 */
export function pagerPriorityNames({ paging }: Policy, priority: Priority): readonly string[] {
  const nameOf = (each: Priority): string => paging.priorities[each] ?? each;
  return priority === "P0" && paging.priorities.P0 === undefined ? ["P0", nameOf("P1")] : [nameOf(priority)];
}
