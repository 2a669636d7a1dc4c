import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { findCoverageGaps, computeShifts, type Shift } from "#domain/oncall/shifts.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import { DAY, HOUR, instantOf } from "#test/support/builders/instants.ts";
import { aSchedule, shiftLine } from "#test/support/builders/schedules.ts";

/** Zones whose clocks do something different: an hour, half an hour, not at midnight, at midnight, never, and a day that was left out. */
const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Africa/Casablanca",
  "America/St_Johns",
  "Asia/Tehran",
  "UTC",
];

describe("a weekly rotation of four", () => {
  const four = aSchedule({ layers: [{ people: ["a", "b", "c", "d"], from: "2026-01-05" }] });

  test("has each for a week with the next as backup, who becomes the next week's primary", () => {
    const found = computeShifts("s", four, [], instantOf("2026-01-05T09:00:00Z"), instantOf("2026-02-09T09:00:00Z"));
    expect(found.map(({ person, backup }) => `${person}/${backup}`)).toEqual(["a/b", "b/c", "c/d", "d/a", "a/b"]);
    expect(found.map(({ from }) => shiftLine({ from, person: "" } as Shift).trim())).toEqual(
      ["05", "12", "19", "26"].map((day) => `2026-01-${day}T09:00+00:00`).concat("2026-02-02T09:00+00:00"),
    );
  });

  test("has no one before it begins, and stays within the requested period", () => {
    expect(computeShifts("s", four, [], instantOf("2025-12-01T00:00:00Z"), instantOf("2026-01-05T09:00:00Z"))).toEqual(
      [],
    );
    expect(computeShifts("s", four, [], instantOf("2026-01-07T00:00:00Z"), instantOf("2026-01-08T00:00:00Z"))).toEqual([
      {
        from: instantOf("2026-01-07T00:00:00Z"),
        to: instantOf("2026-01-08T00:00:00Z"),
        person: "a",
        backup: "b",
        by: "layer 1",
      },
    ]);
  });

  test("of one person has no backup", () => {
    const [only] = computeShifts(
      "s",
      aSchedule({ layers: [{ people: ["a"] }] }),
      [],
      instantOf("2026-01-07T00:00:00Z"),
      instantOf("2026-01-08T00:00:00Z"),
    );
    expect(only).toMatchObject({ person: "a", backup: null });
  });
});

describe("a hand-off", () => {
  test.each([
    {
      zone: "Europe/Berlin",
      handoff: "02:30",
      days: ["2026-03-28", "2026-03-31"],
      says: "the first instant after a gap",
      instants: ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    },
    {
      zone: "Europe/Berlin",
      handoff: "02:30",
      days: ["2026-10-24", "2026-10-27"],
      says: "the first of two",
      instants: ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    },
    {
      zone: "America/New_York",
      handoff: "02:00",
      days: ["2026-03-07", "2026-03-10"],
      says: "the first instant after a gap",
      instants: ["2026-03-07T07:00Z", "2026-03-08T07:00Z", "2026-03-09T06:00Z"],
    },
    {
      zone: "America/New_York",
      handoff: "01:00",
      days: ["2026-10-31", "2026-11-03"],
      says: "the first of two",
      instants: ["2026-10-31T05:00Z", "2026-11-01T05:00Z", "2026-11-02T06:00Z"],
    },
    {
      zone: "Australia/Lord_Howe",
      handoff: "02:15",
      days: ["2026-10-03", "2026-10-06"],
      says: "the end of a gap of half an hour",
      instants: ["2026-10-02T15:45Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    },
    {
      zone: "Australia/Lord_Howe",
      handoff: "01:45",
      days: ["2026-04-04", "2026-04-07"],
      says: "the first of two, half an hour apart",
      instants: ["2026-04-03T14:45Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z"],
    },
    {
      zone: "America/Sao_Paulo",
      handoff: "00:00",
      days: ["2018-11-03", "2018-11-06"],
      says: "one in the morning where midnight was left out",
      instants: ["2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"],
    },
    {
      zone: "Pacific/Apia",
      handoff: "09:00",
      days: ["2011-12-29", "2012-01-01"],
      says: "the end of a day that never was",
      instants: ["2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z"],
    },
    {
      zone: "Asia/Kathmandu",
      handoff: "09:00",
      days: ["2026-03-28", "2026-03-31"],
      says: "the same every day where clocks never change",
      instants: ["2026-03-28T03:15Z", "2026-03-29T03:15Z", "2026-03-30T03:15Z"],
    },
  ])("at $handoff in $zone is $says", ({ zone, handoff, days, instants }) => {
    const daily = aSchedule({
      timezone: zone,
      layers: [{ people: ["a", "b", "c", "d", "e", "f", "g"], shift: "daily", handoff, from: days[0] }],
    });
    const first = instantOf(instants[0]!.replace("Z", ":00Z"));
    const found = computeShifts("s", daily, [], first, first + 3 * DAY).slice(0, 3);
    expect(
      found.map(({ from }) => Temporal.Instant.fromEpochMilliseconds(from).toString({ smallestUnit: "minute" })),
    ).toEqual(instants);
    expect(found.map(({ person }) => person)).toEqual(["a", "b", "c"]);
  });

  test.each(ZONES)("of each day for ten years in %s: no shift is lost, doubled or out of turn", (zone) => {
    const people = ["a", "b", "c"];
    const daily = aSchedule({
      timezone: zone,
      layers: [{ people, shift: "daily", handoff: "02:30", from: "2016-01-01" }],
    });
    const [from, to] = [instantOf("2016-01-03T00:00:00Z"), instantOf("2026-01-03T00:00:00Z")];
    const found = computeShifts("s", daily, [], from, to);
    expect(findCoverageGaps(found, from, to)).toEqual([]);
    for (const [i, shift] of found.entries()) {
      expect(shift.to - shift.from, shiftLine(shift, zone)).toBeLessThanOrEqual(25 * HOUR);
      if (i === 0) continue;
      const before = found[i - 1]!;
      expect(shift.person, shiftLine(shift, zone)).toBe(people[(people.indexOf(before.person) + 1) % 3]);
      expect(shift.person).toBe(before.backup);
    }
    // Ten years have 3,653 days, and there is a hand-off on each.
    expect(Math.abs(found.length - 3_653)).toBeLessThanOrEqual(1);
  });

  test.each([
    { shift: "12h", each: 12 },
    { shift: "8h", each: 8 },
    { shift: "6h", each: 6 },
    { shift: "4h", each: 4 },
  ])("of shifts of $shift is at the same times every day", ({ shift, each }) => {
    const parts = aSchedule({
      timezone: "Europe/Berlin",
      layers: [{ people: ["a", "b", "c", "d", "e"], shift, handoff: "08:00", from: "2026-03-01" }],
    });
    const found = computeShifts(
      "s",
      parts,
      [],
      instantOf("2026-04-01T00:00:00+02:00"),
      instantOf("2026-04-20T00:00:00+02:00"),
    );
    const clocks = new Set(found.slice(1).map((one) => shiftLine(one, "Europe/Berlin").slice(11, 16)));
    expect([...clocks].map((clock) => (Number(clock.slice(0, 2)) + 24 - 8) % each)).toEqual([...clocks].map(() => 0));
    expect(clocks.size).toBe(24 / each);
  });

  test("of two weeks, or of three days, keeps its rhythm over years", () => {
    for (const [shift, days] of [
      ["2w", 14],
      ["3d", 3],
    ] as const) {
      const found = computeShifts(
        "s",
        aSchedule({ layers: [{ people: ["a", "b"], shift, from: "2020-01-01" }] }),
        [],
        instantOf("2025-01-01T00:00:00Z"),
        instantOf("2026-01-01T00:00:00Z"),
      );
      expect(new Set(found.slice(1, -1).map(({ from, to }) => (to - from) / DAY))).toEqual(new Set([days]));
    }
  });
});

describe("for every schedule", () => {
  const clock = fc
    .tuple(fc.nat(23), fc.constantFrom("00", "15", "30", "45"))
    .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`);
  const layer = fc.record({
    people: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 5 }),
    shift: fc.constantFrom("daily", "weekly", "3d", "2w", "12h", "8h", "4h"),
    handoff: clock,
    from: fc.constantFrom("2010-06-15", "2017-03-01", "2011-12-20", "2025-10-01"),
    only: fc.oneof(
      fc.constant([]),
      fc.array(
        fc.record({
          days: fc.constantFrom(["monday"], ["saturday", "sunday"], ["friday", "monday"]),
          from: clock,
          to: clock,
        }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    ),
  });
  const override = fc.record({
    start: fc.nat(40),
    hours: fc.integer({ min: 1, max: 200 }),
    person: fc.constantFrom("a", "x", "y"),
  });
  const begin = fc.constantFrom(
    "2011-12-20T00:00:00Z",
    "2025-10-20T11:11:11Z",
    "2026-03-20T00:00:00Z",
    "2018-10-28T00:00:00Z",
  );

  test("exactly one person is on call at every instant that is covered, and it is the same whichever part is asked for", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.array(layer, { minLength: 1, maxLength: 3 }),
        fc.array(override, { maxLength: 3 }),
        begin,
        fc.nat(),
        (timezone, layers, some, start, seed) => {
          const one = aSchedule({ timezone, layers });
          const from = instantOf(start);
          const to = from + 30 * DAY;
          const overrides = some.map(({ start: day, hours, person }): Override => ({
            schedule: "s",
            person,
            from: from + day * DAY,
            until: from + day * DAY + hours * HOUR,
            source: "person",
          }));
          const found = computeShifts("s", one, overrides, from, to);
          // In order, apart, never empty, inside what was asked for.
          for (const [i, { from: a, to: b }] of found.entries()) {
            expect(a).toBeLessThan(b);
            expect(a).toBeGreaterThanOrEqual(i === 0 ? from : found[i - 1]!.to);
            expect(b).toBeLessThanOrEqual(to);
          }
          // A part is a part of the whole.
          const middle = from + (seed % (30 * DAY));
          const instant = computeShifts("s", one, overrides, middle, middle + 1)[0];
          const there = found.find(({ from: a, to: b }) => a <= middle && middle < b);
          expect(instant?.person).toBe(there?.person);
          expect(instant?.backup).toBe(there?.backup);
          // A layer without hours leaves no hole once all have begun.
          if (layers.some(({ only, from: day }) => only.length === 0 && instantOf(`${day}T00:00:00Z`) + 2 * DAY < from))
            expect(findCoverageGaps(found, from, to)).toEqual([]);
        },
      ),
      { numRuns: 300, seed: 42 },
    );
  });

  test("no one is their own backup", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), layer, begin, (timezone, one, start) => {
        for (const { person, backup } of computeShifts(
          "s",
          aSchedule({ timezone, layers: [one] }),
          [],
          instantOf(start),
          instantOf(start) + 20 * DAY,
        ))
          expect(backup).not.toBe(person);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
