import type { Incident } from "#domain/incident/incident.ts";
import { MILESTONE_FIELDS } from "#domain/incident/milestone-fields.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import type { Instant, Milestone } from "#domain/values/language.ts";
import { dayIn, dayNumber, instantOn, isDay, knownZone, showingsOn, WEEKDAY_NAMES } from "#domain/values/wall-clock.ts";

/** When something was, as a person wrote it. `clock`: a time of day alone, in minutes after midnight of a zone; its day is that of the story. */
export type WrittenTime = { readonly at: Instant } | { readonly clock: number; readonly zone: string };

/** By what a written time is understood: the zone of its author, and now. */
export type ClockReading = { readonly zone: string; readonly now: Instant };

const HALF = String.raw`(?:\s?[ap](?:m\b|\.m\.?))`;
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:${HALF}|\s?(?:h|hrs|uhr)\b)?|\d{1,2}${HALF}`;
const MONTH = String.raw`(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?`;
const DATE = String.raw`\d{4}[-/]\d{2}[-/]\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}(?:st|nd|rd|th)?\s+${MONTH}(?:\s+\d{4})?|${MONTH}\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?(?!:)`;
const DAY = String.raw`${DATE}|today|yesterday|(?:last\s+)?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?`;
/** Names that one zone alone has. Others (CST, IST, BST) mean several. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  wet: "+00:00",
  west: "+01:00",
  cet: "+01:00",
  cest: "+02:00",
  eet: "+02:00",
  eest: "+03:00",
  est: "-05:00",
  edt: "-04:00",
  mst: "-07:00",
  mdt: "-06:00",
  pst: "-08:00",
  pdt: "-07:00",
  jst: "+09:00",
  aest: "+10:00",
  aedt: "+11:00",
};
const OFFSET = String.raw`[+-]\d{1,2}(?::?\d{2})?`;
const ZONE = String.raw`\(?(?:(?:UTC|GMT)${OFFSET}|UTC|GMT|Z|${OFFSET}|${Object.keys(ABBREVIATIONS).join("|")}|CST|CDT|IST|BST|[A-Z][A-Za-z]+\/[A-Za-z_+\-/0-9]+)\)?`;
const ISO = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?`;
const AGO = String.raw`(?:\d{1,4}|an?|half\s+an)\s?(?:m|mins?|minutes?|h|hrs?|hours?)\s+ago`;
const TIME = String.raw`(?:${ISO})|(?:(?:${DAY}),?\s+(?:at\s+)?)?(?:${CLOCK})(?:\s*(?:${ZONE}))?(?:,?\s+(?:on\s+)?(?:${DAY}))?`;

/** A time at the end of a text: "at friday 18:00", "on 2026-11-27 at 18:00 UTC", "at around 3pm yesterday", "10 minutes ago". */
export const TIME_PHRASE = new RegExp(
  String.raw`(?:^|[\s(])(?:(?:at|on|around)\s+(?:(?:about|around)\s+)?(${TIME})|(?:at\s+)?(${AGO}))[.,;!)]{0,3}$`,
  "i",
);
/** A time before a text: "at 14:05 TEXT", "[14:05] TEXT". */
export const LEADING_TIME = new RegExp(
  String.raw`^(?:(?:(?:at|on)\s+(?=\S)|(?=(?:${DAY})\s+at\s))(${TIME})(?:\s*[:,–—-])?|\[(?:at\s+)?(${TIME})\]:?)\s+(?=\S)`,
  "i",
);
/** A text that begins with a time of day, as people keep notes: "14:05 TEXT". */
export const CLOCK_BEFORE = new RegExp(
  String.raw`^(\d{1,2}:\d{2}(?:${HALF})?(?:\s*(?:UTC|Z)\b)?)(?:\s*[:,–—-])?\s+(?=[^\d\s])`,
  "i",
);
/** The longest phrase of a time. */
export const LONGEST_TIME_PHRASE = 100;

const PARTS = new RegExp(
  String.raw`^(?:(${DAY}),?\s+(?:at\s+)?)?(${CLOCK})(?:\s*(${ZONE}))?(?:,?\s+(?:on\s+)?(${DAY}))?$`,
  "i",
);

/**
 * Understands a time as people write it: a time of day, with a day or without (a date, a weekday that was, today,
 * yesterday), with a zone or in that of its author; or ISO 8601. null: it is none.
 */
export function readWrittenTime(text: string, { zone, now }: ClockReading): WrittenTime | null {
  const iso = readIso(text.trim(), zone);
  if (iso !== null) return { at: iso };
  const ago = agoOf(text.trim());
  if (ago !== null) return { at: now - ago };
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

/** ms of "10 minutes ago", "an hour ago"; null: it is no such phrase. */
function agoOf(text: string): number | null {
  const [, count, unit] = new RegExp(`^(\\d{1,4}|an?|half\\s+an)\\s?([mh])[a-z]*\\s+ago$`, "i").exec(text) ?? [];
  if (count === undefined || unit === undefined) return null;
  const of = unit.toLowerCase() === "m" ? MINUTE_MS : HOUR_MS;
  return (/^\d/.test(count) ? Number(count) : /^half/i.test(count) ? 0.5 : 1) * of;
}

/** Minutes after midnight of "18:00", "6:00 pm" or "6pm"; null when no clock shows that. Seconds are left out. */
function minutesOf(text: string): number | null {
  const clock = text.replace(/\s?(?:h|hrs|uhr)$/i, "").replace(/([ap])\.m\.?$/i, "$1m");
  const [, hour, minute = "0", second = "0", half] =
    /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s?([ap]m)?$/i.exec(clock) ?? [];
  const h = Number(hour);
  if (Number(minute) > 59 || Number(second) > 59) return null;
  if (half === undefined) return h > 23 ? null : h * 60 + Number(minute);
  if (h < 1 || h > 12) return null;
  return ((h % 12) + (half.toLowerCase() === "pm" ? 12 : 0)) * 60 + Number(minute);
}

/** A zone by its name or offset; null: there is none of this name. */
function zoneOf(written: string): string | null {
  const word = written.replace(/^\(|\)$/g, "");
  if (/^(?:utc|gmt|z)$/i.test(word)) return "UTC";
  const short = ABBREVIATIONS[word.toLowerCase()];
  if (short !== undefined) return short;
  const [, sign, hours = "", minutes = "00"] = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(word) ?? [];
  const known = knownZone(sign === undefined ? word : `${sign}${hours.padStart(2, "0")}:${minutes}`);
  return known === "UTC" ? null : known;
}

/** The instant of a time of day on a named day. A weekday is the last one that is not in the future. */
function dayOf(day: string, minutes: number, { zone, now }: ClockReading): Instant | null {
  const today = dayNumber(dayIn(now, zone));
  if (day === "today" || day === "yesterday") return instantOn(day === "today" ? today : today - 1, minutes, zone);
  if (/\d/.test(day)) {
    const date = dateOf(day, dayIn(now, zone));
    return date === null ? null : instantOn(dayNumber(date), minutes, zone);
  }
  const last = /^last\s+/.test(day);
  const name = day.replace(/^last\s+/, "").slice(0, 3);
  const weekday = WEEKDAY_NAMES.findIndex((each) => each.startsWith(name));
  const ago = (((today + 3) % 7) - weekday + 7) % 7;
  const at = instantOn(today - ago, minutes, zone);
  return at > now || (last && ago === 0) ? instantOn(today - ago - 7, minutes, zone) : at;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A date as ISO: "2026/11/27", "27.11.2026", "27 Nov", "November 27th, 2026". Without a year it is the last that is not after `today`. */
function dateOf(text: string, today: string): string | null {
  const two = (part: string | number): string => String(part).padStart(2, "0");
  const day = (iso: string): string | null => (isDay(iso) ? iso : null);
  if (/^\d{4}/.test(text)) return day(text.replaceAll("/", "-"));
  const [, d, m, y] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  if (d !== undefined && m !== undefined) return day(`${y}-${two(m)}-${two(d)}`);
  const month = MONTHS.indexOf(/[a-z]{3,}/.exec(text.replace(/\d(?:st|nd|rd|th)/, ""))?.[0].slice(0, 3) ?? "") + 1;
  const year = /\d{4}$/.exec(text)?.[0];
  const number = /(?<!\d)\d{1,2}(?!\d)/.exec(text)?.[0];
  if (month === 0 || number === undefined) return null;
  const of = (yearOf: number): string => `${yearOf}-${two(month)}-${two(number)}`;
  const thisYear = Number(today.slice(0, 4));
  return day(of(year === undefined ? (of(thisYear) > today ? thisYear - 1 : thisYear) : Number(year)));
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
