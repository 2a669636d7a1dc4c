import type { Incident } from "#domain/incident/incident.ts";
import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Instant, Milestone } from "#domain/values/language.ts";
import { dayIn, dayNumber, instantOn, isDay, knownZone, showingsOn, WEEKDAY_NAMES } from "#domain/values/wall-clock.ts";

/** When something was, as a person wrote it. `clock`: a time of day alone, in minutes after midnight of a zone; its day is that of the story. */
export type WrittenTime = { readonly at: Instant } | { readonly clock: number; readonly zone: string };

/** By what a written time is understood: the zone of its author, and now. */
export type ClockReading = { readonly zone: string; readonly now: Instant };

const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?|\d{1,2}\s?[ap]m`;
const DAY = String.raw`\d{4}-\d{2}-\d{2}|today|yesterday|(?:last\s+)?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?`;
const ZONE = String.raw`UTC|GMT|Z|[+-]\d{2}:?\d{2}|[A-Z][A-Za-z]+\/[A-Za-z_+\-/0-9]+`;
const ISO = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?`;

/** A time at the end of a text, behind "at" or "on": "at friday 18:00", "on 2026-11-27 at 18:00 UTC", "at 3pm yesterday". */
export const TIME_PHRASE = new RegExp(
  String.raw`(?:^|\s)(?:at|on)\s+((?:${ISO})|(?:(?:${DAY})\s+(?:at\s+)?)?(?:${CLOCK})(?:\s*(?:${ZONE}))?(?:\s+(?:on\s+)?(?:${DAY}))?)$`,
  "i",
);
/** The longest phrase of a time. */
export const LONGEST_TIME_PHRASE = 100;

const PARTS = new RegExp(
  String.raw`^(?:(${DAY})\s+(?:at\s+)?)?(${CLOCK})(?:\s*(${ZONE}))?(?:\s+(?:on\s+)?(${DAY}))?$`,
  "i",
);

/**
 * Understands a time as people write it: a time of day, with a day or without (a date, a weekday that was, today,
 * yesterday), with a zone or in that of its author; or ISO 8601. null: it is none.
 */
export function readWrittenTime(text: string, { zone, now }: ClockReading): WrittenTime | null {
  const iso = readIso(text.trim(), zone);
  if (iso !== null) return { at: iso };
  const [, before, clock, zoneWord, after] = PARTS.exec(text.trim()) ?? [];
  const minutes = clock === undefined ? null : minutesOf(clock);
  const meant = zoneWord === undefined ? zone : zoneOf(zoneWord);
  if (minutes === null || meant === null || (before !== undefined && after !== undefined)) return null;
  const day = before ?? after;
  if (day === undefined) return { clock: minutes, zone: meant };
  const number = dayOf(day.toLowerCase(), minutes, { zone: meant, now });
  return number === null ? null : { at: number };
}

function readIso(text: string, zone: string): Instant | null {
  const [, date, hour, minute, seconds = ":00", offset] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text) ?? [];
  if (date === undefined || hour === undefined || minute === undefined || !isDay(date)) return null;
  if (offset !== undefined)
    return parseInstant(`${date}T${hour}:${minute}${seconds}${offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2")}`);
  const minutes = minutesOf(`${hour}:${minute}`);
  return minutes === null ? null : instantOn(dayNumber(date), minutes, zone) + Number(seconds.slice(1)) * 1_000;
}

/** Minutes after midnight of "18:00", "6:00 pm" or "6pm"; null when no clock shows that. Seconds are left out. */
function minutesOf(clock: string): number | null {
  const [, hour, minute = "0", second = "0", half] =
    /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s?([ap]m)?$/i.exec(clock) ?? [];
  const h = Number(hour);
  if (Number(minute) > 59 || Number(second) > 59) return null;
  if (half === undefined) return h > 23 ? null : h * 60 + Number(minute);
  if (h < 1 || h > 12) return null;
  return ((h % 12) + (half.toLowerCase() === "pm" ? 12 : 0)) * 60 + Number(minute);
}

/** A zone by its name or offset; null: there is none of this name. */
function zoneOf(word: string): string | null {
  if (/^(?:utc|gmt|z)$/i.test(word)) return "UTC";
  const offset = /^([+-]\d{2}):?(\d{2})$/.exec(word);
  const name = offset === null ? word : `${offset[1]}:${offset[2]}`;
  const known = knownZone(name);
  return known === "UTC" ? null : known;
}

/** The instant of a time of day on a named day. A weekday is the last one that is not in the future. */
function dayOf(day: string, minutes: number, { zone, now }: ClockReading): Instant | null {
  const today = dayNumber(dayIn(now, zone));
  if (day === "today" || day === "yesterday") return instantOn(day === "today" ? today : today - 1, minutes, zone);
  if (/^\d/.test(day)) return isDay(day) ? instantOn(dayNumber(day), minutes, zone) : null;
  const last = /^last\s+/.test(day);
  const name = day.replace(/^last\s+/, "").slice(0, 3);
  const weekday = WEEKDAY_NAMES.findIndex((each) => each.startsWith(name));
  const ago = (((today + 3) % 7) - weekday + 7) % 7;
  const at = instantOn(today - ago, minutes, zone);
  return at > now || (last && ago === 0) ? instantOn(today - ago - 7, minutes, zone) : at;
}

/**
 * The instant that a written time means in the story of an incident, by one rule for every verb: a time of day alone is
 * the one nearest to what it is about, and never in the future. About what is corrected it is the time that is written
 * down; otherwise the end of the incident, while it is open now. A time within the minute in which the incident began
 * is its beginning.
 */
export function resolveWrittenTime(
  written: WrittenTime,
  incident: Incident,
  now: Instant,
  corrected: Milestone | null = null,
): Instant {
  const noted = corrected === null ? incident.resolvedAt : incident[MILESTONE_FIELDS[corrected]];
  const about = noted ?? (corrected === null ? now : incident.openedAt);
  const at = "at" in written ? written.at : nearestClock(written, Math.min(about, now), now);
  const start = Math.min(incident.detectedAt, incident.openedAt);
  return corrected !== "began" && at < start && start - at < MINUTE_MS ? start : at;
}

/** The instant nearest to `about` at which the clock of a zone showed so many minutes after midnight, not after `now`. */
function nearestClock(
  { clock, zone }: { readonly clock: number; readonly zone: string },
  about: Instant,
  now: Instant,
): Instant {
  const day = dayNumber(dayIn(about, zone));
  const shown = [-2, -1, 0, 1].flatMap((days) => showingsOn(day + days, clock, zone)).filter((at) => at <= now);
  return shown.reduce((best, at) => (Math.abs(at - about) <= Math.abs(best - about) ? at : best));
}
