import { DAY_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { isDay } from "#domain/values/wall-clock.ts";

/** The default number of days of a report. */
export const DEFAULT_PERIOD_DAYS = 30;

const FIRST = parseInstant("2000-01-01T00:00:00Z")!;
const LAST = parseInstant("2100-01-01T00:00:00Z")!;
const MAX_DURATION_MS = 5 * 366 * DAY_MS;

export type RequestedPeriod =
  | { readonly ok: true; readonly from: Instant; readonly to: Instant }
  | { readonly ok: false; readonly field: "from" | "to"; readonly message: string };

/**
 * The period [from, to) that someone wrote down: ISO days, which begin at midnight UTC, or RFC 3339 instants. Without a
 * `to` it ends now, without a `from` it is 30 days long. A wrong one is refused with the name of the field and the fix.
 */
export function parsePeriod(
  text: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Instant,
): RequestedPeriod {
  const to = text.to === undefined ? now : instantOf(text.to);
  if (to === null) return { ok: false, field: "to", message: wrong(text.to!) };
  const from = text.from === undefined ? to - DEFAULT_PERIOD_DAYS * DAY_MS : instantOf(text.from);
  if (from === null) return { ok: false, field: "from", message: wrong(text.from!) };
  // Months are counted one by one, and the last month of the calendar has no next one.
  if (from < FIRST) return { ok: false, field: "from", message: "at the earliest 2000-01-01" };
  if (to > LAST) return { ok: false, field: "to", message: "at the latest 2100-01-01" };
  if (from >= to) return { ok: false, field: "from", message: "it must be before `to`" };
  if (to - from > MAX_DURATION_MS) return { ok: false, field: "from", message: "at most five years before `to`" };
  return { ok: true, from, to };
}

function instantOf(text: string): Instant | null {
  // The 30th of February is no day, and would be read as the 2nd of March.
  if (!isDay(text.slice(0, 10))) return null;
  return parseInstant(text.length === 10 ? `${text}T00:00:00Z` : text);
}

function wrong(text: string): string {
  return `"${text.slice(0, 40)}" is no time; write a day like 2026-11-01 or an instant like 2026-11-01T08:00:00Z`;
}
