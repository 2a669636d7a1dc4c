import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIso } from "#domain/values/instant.ts";
import { clockIn, parseDayText, knownZone, lastAt } from "#domain/values/wall-clock.ts";
import { NOW } from "#test/support/builders/instants.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
];

describe("a time of day is the last time that a clock there showed it", () => {
  test.each([
    // Berlin puts its clocks back on 25 October 2026, when 03:00 becomes 02:00: 02:30 comes twice.
    { zone: "Europe/Berlin", now: "2026-10-25T00:40:00Z", clock: "02:30", at: "2026-10-25T00:30:00.000Z" },
    { zone: "Europe/Berlin", now: "2026-10-25T01:10:00Z", clock: "02:30", at: "2026-10-25T00:30:00.000Z" },
    { zone: "Europe/Berlin", now: "2026-10-25T01:40:00Z", clock: "02:30", at: "2026-10-25T01:30:00.000Z" },
    { zone: "Europe/Berlin", now: "2026-10-25T08:00:00Z", clock: "01:30", at: "2026-10-24T23:30:00.000Z" },
    // … and forward on 29 March, when 02:00 becomes 03:00: 02:30 was last shown the day before.
    { zone: "Europe/Berlin", now: "2026-03-29T08:00:00Z", clock: "02:30", at: "2026-03-28T01:30:00.000Z" },
    { zone: "Europe/Berlin", now: "2026-03-29T08:00:00Z", clock: "03:30", at: "2026-03-29T01:30:00.000Z" },
    { zone: "UTC", now: "2026-11-21T00:00:00Z", clock: "00:00", at: "2026-11-21T00:00:00.000Z" },
    { zone: "UTC", now: "2026-01-01T00:00:00Z", clock: "23:59", at: "2025-12-31T23:59:00.000Z" },
    { zone: "Pacific/Kiritimati", now: "2026-11-21T14:32:00Z", clock: "4:00", at: "2026-11-21T14:00:00.000Z" },
  ])("$clock in $zone at $now", ({ zone, now, clock, at }) => {
    expect(formatIso(lastAt(clock, zone, Date.parse(now))!)).toBe(at);
  });

  test.each(["24:00", "12:60", "1:5", "14.05", "", "14:05:00", "-1:00", "noon"])("%j is none", (clock) => {
    expect(lastAt(clock, "UTC", NOW)).toBeNull();
  });

  test("for any zone and time: never in the future, less than two days ago, and shown by that clock", () => {
    const clock = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((each) => each.map((n) => String(n).padStart(2, "0")).join(":"));
    fc.assert(
      fc.property(
        clock,
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
        (shown, zone, now) => {
          const at = lastAt(shown, zone, now)!;
          expect(at).toBeLessThanOrEqual(now);
          expect(now - at).toBeLessThan(2 * 86_400_000);
          expect(clockIn(at, zone)).toBe(shown);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("a day", () => {
  test.each([
    { text: "2026-11-30", day: "2026-11-30" },
    { text: "today", day: "2026-11-21" },
    { text: "Tomorrow", day: "2026-11-22" },
    { text: "3d", day: "2026-11-24" },
    { text: "2w", day: "2026-12-05" },
    { text: "friday", day: "2026-11-27" },
    { text: "Fri", day: "2026-11-27" },
    // It is a Saturday: the next one is meant.
    { text: "saturday", day: "2026-11-28" },
    { text: "mon", day: "2026-11-23" },
    { text: "2026-02-30", day: null },
    { text: "2026-13-01", day: null },
    { text: "fr", day: null },
    { text: "soon", day: null },
    { text: "30.11.2026", day: null },
    { text: "9999d", day: null },
    { text: "", day: null },
  ])("$text is $day", ({ text, day }) => {
    expect(parseDayText(text, "UTC", NOW)).toBe(day);
  });

  test("is in the zone of the person: tomorrow starts earlier in the east", () => {
    const night = Date.parse("2026-11-21T23:30:00Z");
    expect(["America/New_York", "UTC", "Asia/Tokyo"].map((zone) => parseDayText("today", zone, night))).toEqual([
      "2026-11-21",
      "2026-11-21",
      "2026-11-22",
    ]);
  });
});

test.each([
  { zone: "Europe/Berlin", known: "Europe/Berlin" },
  { zone: "Middle/Earth", known: "UTC" },
  { zone: "", known: "UTC" },
  { zone: null, known: "UTC" },
  { zone: undefined, known: "UTC" },
])("the time zone $zone is computed as $known", ({ zone, known }) => {
  expect(knownZone(zone)).toBe(known);
});
