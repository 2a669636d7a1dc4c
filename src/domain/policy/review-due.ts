import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import { isHigherPriority, type Instant, type Priority } from "#domain/values/language.ts";

/** Calendar days, or working days, both counted from the end of the incident. */
export type DueDays = number | { readonly workdays: number };

/** After which incidents a postmortem is asked for, and how soon. `minimum`: the lowest priority that needs one; null: none does. */
export type ReviewRule = { readonly minimum: Priority | null; readonly due: Readonly<Record<Priority, DueDays>> };

/** Three days after what was P0 at its worst, five working days after P1 and P2 (PagerDuty's rule); no one asks for one after P3 and P4. */
export const DEFAULT_REVIEW_RULE: ReviewRule = {
  minimum: "P2",
  due: { P0: 3, P1: { workdays: 5 }, P2: { workdays: 5 }, P3: { workdays: 10 }, P4: { workdays: 10 } },
};

/** The day by which a postmortem is due, as an ISO date in UTC; null when no one asks for one. */
export function reviewDue(
  peak: Priority,
  resolvedAt: Instant,
  { minimum, due }: ReviewRule = DEFAULT_REVIEW_RULE,
): string | null {
  if (minimum === null || isHigherPriority(minimum, peak)) return null;
  const days = due[peak];
  if (typeof days === "number") return formatUtcDay(resolvedAt + days * DAY_MS);
  let at = resolvedAt;
  for (let left = days.workdays; left > 0;) {
    at += DAY_MS;
    if (isWorkday(at)) left--;
  }
  return formatUtcDay(at);
}

/** 1970 began on a Thursday. */
function isWorkday(at: Instant): boolean {
  const day = (Math.floor(at / DAY_MS) + 4) % 7;
  return day !== 0 && day !== 6;
}
