import { DAY_MS } from "./duration.ts";
import type { Instant } from "./language.ts";

// The one place of the core that touches Date: parsing and formatting are pure, reading the clock is not.
/* oxlint-disable no-restricted-globals */

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** The years 1 to 9999 in UTC: what every calendar and every database can hold. */
const FIRST: Instant = Date.parse("0001-01-01T00:00:00Z");
const LAST: Instant = Date.parse("9999-12-31T23:59:59.999Z");

/** The instant of an RFC 3339 text (any offset, any number of fraction digits; cut to ms), or null. */
export function parseInstant(text: string): Instant | null {
  const known = instantInKnownMinute(text);
  if (known !== null) return known;
  if (!RFC3339.test(text)) return null;
  const at = Date.parse(text);
  return at >= FIRST && at <= LAST ? at : null;
}

/** "2026-11-21T14:32:05.123Z": how nearly all senders write a time. */
const UTC_TIME = /^(\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}):([0-5]\d)(?:\.(\d)(\d)?(\d)?\d*)?Z$/;
/** The last minute that was read: alerts of one delivery, and of one trouble, begin in few. */
let lastMinute: { readonly text: string; readonly at: Instant } = { text: "", at: 0 };

/** The same instant for such a text, of which only the minute has to be parsed; null for any other. */
function instantInKnownMinute(text: string): Instant | null {
  const parts = UTC_TIME.exec(text);
  if (parts === null) return null;
  const minute = parts[1]!;
  if (minute !== lastMinute.text) {
    const at = Date.parse(`${minute}:00Z`);
    if (!(at >= FIRST && at <= LAST)) return null;
    lastMinute = { text: minute, at };
  }
  const ms = Number(parts[3] ?? 0) * 100 + Number(parts[4] ?? 0) * 10 + Number(parts[5] ?? 0);
  return lastMinute.at + Number(parts[2]) * 1_000 + ms;
}

/** Go's zero time: how Alertmanager writes a time that is not set. */
export const UNSET_INSTANT = "0001-01-01T00:00:00Z";

/** Go's zero time (year 1) means "not set" wherever Alertmanager writes it. */
export function isUnsetInstant(text: string): boolean {
  return text === UNSET_INSTANT || (text.startsWith("0001-") && RFC3339.test(text));
}

/** Whether an instant lies in the year 1: a time that is not set, with any offset. */
export function isUnsetYear(at: Instant): boolean {
  return at < FIRST + 366 * DAY_MS;
}

/** ISO 8601 in UTC with milliseconds: what the API answers. */
export function formatIso(at: Instant): string {
  return new Date(at).toISOString();
}

/** "2026-11-21 14:32:05 UTC": what people read. */
export function formatUtc(at: Instant): string {
  return `${formatIso(at).slice(0, 19).replace("T", " ")} UTC`;
}

/** "2026-11-21", the UTC day. */
export function formatUtcDay(at: Instant): string {
  return formatIso(at).slice(0, 10);
}

/** "14:32", UTC. */
export function formatUtcTime(at: Instant): string {
  return formatIso(at).slice(11, 16);
}

/** The first instant strictly after `now` at which a UTC clock shows `HH:MM`. */
export function nextUtcTime(now: Instant, clock: string): Instant {
  const today = Date.parse(`${formatUtcDay(now)}T${clock}:00Z`);
  return today > now ? today : today + DAY_MS;
}
