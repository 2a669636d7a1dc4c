import { describe, expect, test } from "vitest";
import { ScheduleFile } from "#domain/policy/schedule.ts";
import { findCoverageGaps, computeShifts } from "#domain/oncall/shifts.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import { instantOf } from "#test/support/builders/instants.ts";
import { aSchedule, shiftLine } from "#test/support/builders/schedules.ts";

describe("layers", () => {
  const follow = aSchedule({
    timezone: "Europe/Berlin",
    layers: [
      { name: "nights", people: ["n", "m"], shift: "weekly", from: "2026-01-05" },
      {
        name: "office",
        people: ["o", "p"],
        shift: "daily",
        from: "2026-01-05",
        only: [{ days: ["monday", "tuesday", "wednesday", "thursday", "friday"], from: "09:00", to: "17:00" }],
      },
    ],
  });

  test("listed later take precedence during their hours", () => {
    const found = computeShifts(
      "s",
      follow,
      [],
      instantOf("2026-01-09T00:00:00+01:00"),
      instantOf("2026-01-13T00:00:00+01:00"),
    );
    expect(found.map((one) => shiftLine(one, "Europe/Berlin"))).toEqual([
      "2026-01-09T00:00+01:00 n",
      "2026-01-09T09:00+01:00 o",
      "2026-01-09T17:00+01:00 n",
      "2026-01-12T09:00+01:00 p",
      "2026-01-12T17:00+01:00 m",
    ]);
  });

  test("whose hours go past midnight still apply on the next morning", () => {
    const night = aSchedule({
      layers: [{ people: ["n"], from: "2026-01-01", only: [{ days: ["friday"], from: "22:00", to: "06:00" }] }],
    });
    expect(computeShifts("s", night, [], instantOf("2026-01-08T00:00:00Z"), instantOf("2026-01-12T00:00:00Z"))).toEqual(
      [
        {
          from: instantOf("2026-01-09T22:00:00Z"),
          to: instantOf("2026-01-10T06:00:00Z"),
          person: "n",
          backup: null,
          by: "layer 1",
        },
      ],
    );
  });

  test("have no one at the instant of their end", () => {
    const short = aSchedule({ layers: [{ people: ["a"], from: "2026-01-01", until: "2026-01-03" }] });
    const end = instantOf("2026-01-03T09:00:00Z");
    expect(computeShifts("s", short, [], end - 1, end)).toHaveLength(1);
    expect(computeShifts("s", short, [], end, end + 1)).toEqual([]);
  });

  test("end on their last day", () => {
    const short = aSchedule({ layers: [{ people: ["a"], from: "2026-01-01", until: "2026-01-03" }] });
    const [from, to] = [instantOf("2026-01-01T09:00:00Z"), instantOf("2026-01-05T09:00:00Z")];
    expect(findCoverageGaps(computeShifts("s", short, [], from, to), from, to)).toEqual([
      { from: instantOf("2026-01-03T09:00:00Z"), to },
    ]);
  });
});

describe("an override", () => {
  const two = aSchedule({ layers: [{ people: ["a", "b", "c"], from: "2026-01-05" }] });
  const by = (person: string, from: string, until: string, source: Override["source"] = "person"): Override => ({
    schedule: "s",
    person,
    from: instantOf(from),
    until: instantOf(until),
    source,
  });
  const week = [instantOf("2026-01-05T09:00:00Z"), instantOf("2026-01-12T09:00:00Z")] as const;
  const handoffs = (overrides: readonly Override[]): string[] =>
    computeShifts("s", two, overrides, ...week).map(
      ({ person, backup, by: reason }) => `${person}/${backup} ${reason}`,
    );

  test("takes precedence over the layers, and ends at its time", () => {
    expect(handoffs([by("x", "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z")])).toEqual([
      "a/b layer 1",
      "x/b override",
      "a/b layer 1",
    ]);
  });

  test("by the backup leaves the person they stand in for as the backup", () => {
    expect(handoffs([by("b", "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z")])).toEqual([
      "a/b layer 1",
      "b/a override",
      "a/b layer 1",
    ]);
  });

  test("listed later takes precedence over an earlier one", () => {
    expect(
      handoffs([
        by("x", "2026-01-06T00:00:00Z", "2026-01-08T00:00:00Z"),
        by("y", "2026-01-07T00:00:00Z", "2026-01-09T00:00:00Z"),
      ]),
    ).toEqual(["a/b layer 1", "x/b override", "y/b override", "a/b layer 1"]);
  });

  test("of another schedule changes nothing here", () => {
    expect(handoffs([{ ...by("x", "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z"), schedule: "t" }])).toEqual([
      "a/b layer 1",
    ]);
  });

  test("covers a time without anyone on call", () => {
    expect(
      computeShifts(
        "s",
        two,
        [by("x", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")],
        instantOf("2026-01-01T00:00:00Z"),
        instantOf("2026-01-03T00:00:00Z"),
      ),
    ).toMatchObject([{ person: "x", backup: null, to: instantOf("2026-01-02T00:00:00Z") }]);
  });

  test("by a person takes precedence over the pager's", () => {
    const paged = aSchedule({ pagerduty: "PSCHED1" });
    const says = [
      by("p", "2026-01-05T00:00:00Z", "2026-01-20T00:00:00Z", "pager"),
      by("x", "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z"),
    ];
    expect(
      computeShifts("s", paged, says, ...week, "PagerDuty").map(({ person, by: reason }) => `${person} ${reason}`),
    ).toEqual(["p PagerDuty", "x override", "p PagerDuty"]);
    expect(computeShifts("s", paged, says.toReversed(), ...week).map(({ person }) => person)).toEqual(["p", "x", "p"]);
  });
});

describe("a schedule is refused", () => {
  test.each([
    { file: { timezone: "Mars/Olympus", layers: [] }, says: "expected a time zone such as Europe/Berlin" },
    { file: { timezone: "+02:00", layers: [] }, says: "expected a time zone" },
    { file: { layers: [{ people: [] }] }, says: "people" },
    { file: { layers: [{ people: ["a"], shift: "5h" }] }, says: "write daily, weekly, a number of days or weeks" },
    { file: { layers: [{ people: ["a"], shift: "0d" }] }, says: "write daily, weekly" },
    { file: { layers: [{ people: ["a"], handoff: "9 am" }] }, says: "expected a time of day" },
    { file: { layers: [{ people: ["a"], from: "2026-02-30" }] }, says: "expected a date" },
    {
      file: { layers: [{ people: ["a"], only: [{ days: ["mon"], from: "09:00", to: "17:00" }] }] },
      says: "expected one of monday",
    },
    {
      file: {
        layers: [{ people: ["a"] }],
        overrides: [{ person: "a", from: "tomorrow", until: "2026-01-01T00:00:00Z" }],
      },
      says: "is no instant",
    },
  ])("$file", ({ file, says }) => {
    expect(JSON.stringify(ScheduleFile.safeParse(file).error?.issues)).toContain(says);
  });
});
