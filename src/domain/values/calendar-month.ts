import { parseInstant, formatUtcDay } from "./instant.ts";
import type { Instant } from "./language.ts";
import { DAY_MS } from "./duration.ts";

/** A calendar month in UTC: "2026-11", from its first instant to that of the next. Its length is its own, 28 to 31 days. */
export type CalendarMonth = { readonly name: string; readonly from: Instant; readonly to: Instant };

/** The month of an instant. */
export function monthOf(at: Instant): CalendarMonth {
  const name = formatUtcDay(at).slice(0, 7);
  const from = begins(name);
  // The 1st plus 31 days lies in the next month, whichever it is.
  const next = formatUtcDay(from + 31 * DAY_MS).slice(0, 7);
  return { name, from, to: begins(next) };
}

function begins(month: string): Instant {
  const at = parseInstant(`${month}-01T00:00:00Z`);
  if (at === null) throw new Error(`bug: ${month} is beyond the calendar`);
  return at;
}

/** The months that [from, to) touches, in order. */
export function monthsOf(from: Instant, to: Instant): readonly CalendarMonth[] {
  const months: CalendarMonth[] = [];
  for (let month = monthOf(from); month.from < to || months.length === 0; month = monthOf(month.to)) months.push(month);
  return months;
}
