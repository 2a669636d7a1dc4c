import { utcDay } from "./instant.ts";
import { isHigher, type Instant, type Priority } from "./language.ts";

const DAY = 86_400_000;

/**
 * The day by which a postmortem is due, as an ISO date in UTC: three days after the end of what was P0 at its worst, five
 * working days after P1 and P2 (PagerDuty's rule). null for P3 and P4, of which nobody asks one.
 */
export function reviewDue(peak: Priority, resolvedAt: Instant): string | null {
  if (isHigher("P2", peak)) return null;
  if (peak === "P0") return utcDay(resolvedAt + 3 * DAY);
  let at = resolvedAt;
  for (let left = 5; left > 0;) {
    at += DAY;
    if (isWorkday(at)) left--;
  }
  return utcDay(at);
}

/** 1970 began on a Thursday. */
function isWorkday(at: Instant): boolean {
  const day = (Math.floor(at / DAY) + 4) % 7;
  return day !== 0 && day !== 6;
}
