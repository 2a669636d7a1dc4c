import { Temporal } from "temporal-polyfill";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import type { Instant } from "./language.ts";

/** An IANA time zone that can be computed with, else "UTC". */
export function knownZone(zone: string | null | undefined): string {
  try {
    return zone === null || zone === undefined
      ? "UTC"
      : Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  } catch {
    return "UTC";
  }
}

/**
 * The latest instant not after `now` at which a clock on the wall of `zone` showed `HH:MM`, or 3pm: what people mean when
 * they write down something that has happened. null when it is no time of day.
 */
export function lastAt(clock: string, zone: string, now: Instant): Instant | null {
  const found = readClock(clock);
  if (found === null) return null;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const time = new Temporal.PlainTime(found.hour, found.minute);
  // An hour that comes twice in autumn may be the later one; one that spring leaves out was last shown the day before.
  for (const days of [0, 1, 2])
    for (const disambiguation of ["later", "earlier"] as const) {
      const then = today.subtract({ days }).toPlainDateTime(time).toZonedDateTime(zone, { disambiguation });
      if (then.epochMilliseconds <= now && then.toPlainTime().equals(time)) return then.epochMilliseconds;
    }
  return null;
}

/** "14:05", "2:05pm", "3pm"; null when it is no time of day. */
function readClock(clock: string): { readonly hour: number; readonly minute: number } | null {
  const found = /^(\d{1,2})(?::([0-5]\d))?(am|pm)?$/i.exec(clock);
  if (found === null) return null;
  const [, hours, minutes, half] = found;
  const hour = Number(hours);
  const minute = Number(minutes ?? 0);
  if (half === undefined) return minutes === undefined || hour > 23 ? null : { hour, minute };
  if (hour < 1 || hour > 12) return null;
  return { hour: (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0), minute };
}

/** "14:32", as a clock on the wall of `zone` shows it. */
export function clockIn(at: Instant, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainTime()
    .toString({ smallestUnit: "minute" });
}

/** "2026-11-21", as a calendar on the wall of `zone` shows it. */
export function dayIn(at: Instant, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString();
}

export const WEEKDAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** Whether it is an IANA time zone, by its name and not by a mere offset. */
export function isZone(zone: string): boolean {
  return (
    /^[A-Za-z]/.test(zone) &&
    (zone.toUpperCase() === "UTC" ||
      knownZone(zone) !== "UTC" ||
      /^(?:etc\/)?(?:utc|gmt|zulu|uct|universal)/i.test(zone))
  );
}

/** Whether it is a day of the calendar, as an ISO date. */
export function isDay(text: string): boolean {
  try {
    return (
      /^\d{4}-\d{2}-\d{2}$/.test(text) && Temporal.PlainDate.from(text, { overflow: "reject" }).toString() === text
    );
  } catch {
    return false;
  }
}

const FIRST_DAY = Temporal.PlainDate.from("1970-01-01");

/** The number of a day of the calendar, counted from 1970-01-01, whatever the zone. */
export function dayNumber(day: string): number {
  return FIRST_DAY.until(Temporal.PlainDate.from(day), { largestUnit: "day" }).days;
}

/** The weekday of a day by its number. */
export function weekdayOf(day: number): (typeof WEEKDAY_NAMES)[number] {
  return WEEKDAY_NAMES[(((day + 3) % 7) + 7) % 7]!;
}

/**
 * The instant at which the wall clock of `zone` shows so many minutes after midnight on a day. Of a time that the zone
 * leaves out it is the first instant after the gap, of one that comes twice the first.
 */
export function instantOn(day: number, minutes: number, zone: string): Instant {
  const key = `${zone} ${day} ${minutes}`;
  const known = KNOWN_INSTANTS.get(key);
  if (known !== undefined) return known;
  const at = computeInstantOn(day, minutes, zone);
  if (KNOWN_INSTANTS.size >= MOST_INSTANTS) KNOWN_INSTANTS.clear();
  KNOWN_INSTANTS.set(key, at);
  return at;
}

// Each decision of an escalation asks for the same few hand-offs, and the calendar is slow.
const KNOWN_INSTANTS = new Map<string, Instant>();
const MOST_INSTANTS = 4_000;

function computeInstantOn(day: number, minutes: number, zone: string): Instant {
  const wanted = FIRST_DAY.add({ days: day }).toPlainDateTime(
    new Temporal.PlainTime(Math.floor(minutes / 60), minutes % 60),
  );
  const first = wanted.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (first.toPlainDateTime().equals(wanted)) return first.epochMilliseconds;
  // Before the gap: where it ends, the clock goes on.
  return first.getTimeZoneTransition("next")!.epochMilliseconds;
}

/** When the wall clock of `zone` shows so many minutes after midnight on a day: once, twice in the hour that autumn repeats, never in that which spring leaves out. */
export function showingsOn(day: number, minutes: number, zone: string): readonly Instant[] {
  const time = new Temporal.PlainTime(Math.floor(minutes / 60), minutes % 60);
  const wanted = FIRST_DAY.add({ days: day }).toPlainDateTime(time);
  return (["earlier", "later"] as const)
    .map((disambiguation) => wanted.toZonedDateTime(zone, { disambiguation }))
    .filter((then) => then.toPlainTime().equals(time))
    .map((then) => then.epochMilliseconds);
}

/** The day that people mean by `2026-11-30`, `today`, `tomorrow`, `friday` or `3d`, as an ISO date; null when it is none. */
export function parseDayText(text: string, zone: string, now: Instant): string | null {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const word = text.toLowerCase();
  if (word === "today") return today.toString();
  if (word === "tomorrow") return today.add({ days: 1 }).toString();
  const ahead = /^(\d{1,3})([dw])$/.exec(word);
  if (ahead !== null)
    return today.add(ahead[2] === "d" ? { days: Number(ahead[1]) } : { weeks: Number(ahead[1]) }).toString();
  const weekday = word.length < 3 ? -1 : WEEKDAY_NAMES.findIndex((name) => name.startsWith(word));
  if (weekday >= 0) return today.add({ days: (weekday + 1 - today.dayOfWeek + 7) % 7 || 7 }).toString();
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(word) ? Temporal.PlainDate.from(word, { overflow: "reject" }).toString() : null;
  } catch {
    return null;
  }
}

/**
 * The hour (0–23) that a clock on the wall of `zone` shows, for many instants: a day whose ends have the same offset from
 * UTC has it all along, so a calendar is asked once a day and not once an instant.
 */
export function hoursIn(zone: string): (at: Instant) => number {
  const offset = (at: Instant): number =>
    Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
  const days = new Map<number, number | null>();
  return (at) => {
    const day = Math.floor(at / DAY_MS);
    if (!days.has(day)) {
      const [begin, end] = [offset(day * DAY_MS), offset((day + 1) * DAY_MS)];
      days.set(day, begin === end ? begin : null);
    }
    const local = at + (days.get(day) ?? offset(at));
    return Math.floor((((local % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS);
  };
}

/**
 * Time, cut where any of some clocks is put forward or back, and each day into slots within which each of the clocks shows
 * one hour. In ms.
 */
export type ClockSegments = {
  /** The instants at which a new segment begins, in order; never empty. */
  readonly bounds: readonly Instant[];
  readonly slotMs: number;
  readonly dayMs: number;
};

/** The segments of some time zones from `from` to `to`. */
export function clockSegments(zones: Iterable<string>, from: Instant, to: Instant): ClockSegments {
  const bounds = new Set<Instant>([from]);
  let slotMs = HOUR_MS;
  for (const zone of new Set(zones)) {
    let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
    slotMs = divisor(slotMs, offsetOf(at));
    for (;;) {
      const next = at.getTimeZoneTransition("next");
      if (next === null || next.epochMilliseconds >= to) break;
      at = next;
      bounds.add(at.epochMilliseconds);
      slotMs = divisor(slotMs, offsetOf(at));
    }
  }
  return { bounds: [...bounds].toSorted((a, b) => a - b), slotMs, dayMs: DAY_MS };
}

function offsetOf(at: Temporal.ZonedDateTime): number {
  return Math.abs(at.offsetNanoseconds / 1e6);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
