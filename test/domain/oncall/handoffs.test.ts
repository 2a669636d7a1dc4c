import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueHandoff, recentHandoffs, scheduleShifts } from "#domain/oncall/oncall.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { DAY } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const novemberInstant = (text: string): number => parseInstant(`2026-11-${text}Z`)!;
// From the first of January 2024, which is a Monday, they hand over on Mondays at 09:00; the 23rd is one.
const policy = aPolicy({
  people: { alice: { slack: "U0ALICE01" }, bob: { slack: "U0BOB0001" } },
  schedules: {
    turns: { layers: [{ people: ["alice", "bob"] }] },
    alone: { layers: [{ people: ["alice"] }] },
    office: { layers: [{ people: ["alice"], only: [{ days: ["monday"], from: "09:00", to: "17:00" }] }] },
  },
});
const standIn = (schedule: string, from: string, until: string): Override => ({
  schedule,
  person: "bob",
  from: novemberInstant(from),
  until: novemberInstant(until),
  source: "person",
});

test.each<[string, string, string, readonly Override[], readonly string[]]>([
  ["from one to the next is told at its instant", "turns", "23T09:00:00", [], ["23T09:00:00"]],
  ["is told no earlier", "turns", "23T08:59:59", [], []],
  ["is still told half an hour later", "turns", "23T09:29:59", [], ["23T09:00:00"]],
  ["is told no more after half an hour", "turns", "23T09:30:00", [], []],
  ["from someone to themselves is none", "alone", "23T09:00:00", [], []],
  ["from no one is one", "office", "23T09:10:00", [], ["23T09:00:00"]],
  ["to no one is one", "office", "23T17:10:00", [], ["23T17:00:00"]],
  [
    "to someone who stands in, and back, are two",
    "alone",
    "24T12:20:00",
    [standIn("alone", "24T12:00:00", "24T12:15:00")],
    ["24T12:00:00", "24T12:15:00"],
  ],
  ["of another schedule is none", "alone", "24T12:20:00", [standIn("turns", "24T12:00:00", "24T12:15:00")], []],
  ["of a schedule that is not there is none", "other", "23T09:00:00", [], []],
])("a hand-off %s", (_, schedule, now, overrides, handoffs) => {
  const found = recentHandoffs({ policy, overrides }, schedule, novemberInstant(now));
  expect(found.toSorted((a, b) => a - b)).toEqual(handoffs.map(novemberInstant));
});

describe("the hand-off that is to be announced", () => {
  const DAILY = { turns: { layers: [{ people: ["alice", "bob"], shift: "daily" }] } };
  const daily = aPolicy({ people: { alice: { slack: "U0ALICE01" }, bob: { slack: "U0BOB0001" } }, schedules: DAILY });

  test.each([
    ["is the one in force after a pause of days", "20T08:00:00", "23T13:00:00", "23T09:00:00"],
    ["is one of an hour ago when it fell in a pause", "23T08:50:00", "23T10:00:00", "23T09:00:00"],
    ["is none of an hour ago that was told", "23T09:50:00", "23T10:00:00", null],
    [
      "is one of half an hour all the same: an override may have been set for just now",
      "23T09:10:00",
      "23T09:20:00",
      "23T09:00:00",
    ],
    ["is none when there was none", "23T12:00:00", "23T18:00:00", null],
  ])("%s", (_, announced, now, expected) => {
    const at = dueHandoff({ policy: daily, overrides: [] }, "turns", novemberInstant(announced), novemberInstant(now));
    expect(at).toBe(expected === null ? null : novemberInstant(expected));
  });

  test("makes the last announced hand-off the shift that is on, whenever Muster looked and paused", () => {
    const minutes = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(minutes, (steps) => {
        const rota = { policy: daily, overrides: [] };
        let now = novemberInstant("20T10:00:00");
        let announced: number | null = now;
        let last: number | null = null;
        for (const step of steps) {
          now += step * 60_000;
          last = dueHandoff(rota, "turns", announced, now) ?? last;
          announced = now;
        }
        const began = scheduleShifts(rota, "turns", now - 2 * DAY, now + 1).at(-1)!.from;
        expect(last ?? began).toBe(began);
      }),
    );
  });
});
