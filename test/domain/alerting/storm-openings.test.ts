import { describe, expect, test } from "vitest";
import { exceedsStormLimit, openingsTowardStorm, STORM_KEY } from "#domain/alerting/storm.ts";
import type { Priority } from "#domain/values/language.ts";
import { anEvent, openedFact } from "#test/support/builders/events.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

describe("towards a storm counts", () => {
  test.each<[Priority, string, boolean]>([
    ["P0", "a", true],
    ["P1", "a", true],
    ["P2", "a", true],
    ["P3", "a", true],
    ["P4", "a", false],
    ["P1", STORM_KEY, false],
  ])("an incident of %s with the key %s: %s", (priority, key, counts) => {
    const opened = anEvent(openedFact({ priority, key }), { at: NOW - MINUTE, recordedAt: NOW });
    expect(openingsTowardStorm([opened])).toEqual(counts ? [NOW] : []);
  });

  test("nothing but openings", () => {
    const noted = anEvent({ type: "incident.acknowledged", data: {} });
    const opened = anEvent(openedFact());
    expect(openingsTowardStorm([noted, opened, noted, opened])).toEqual([NOW, NOW]);
  });
});

describe("one incident more is too many", () => {
  const policy = aPolicy({ storm: { incidents: 2, within: "1m" } });
  test.each([
    ["after none", [], false],
    ["after one", [NOW], false],
    ["after two", [NOW, NOW - MINUTE + 1], true],
    ["after two, one of them a minute ago", [NOW, NOW - MINUTE], false],
  ])("%s", (_, recent, exceeds) => {
    expect(exceedsStormLimit(recent, policy, NOW)).toBe(exceeds);
    expect(exceedsStormLimit(recent, aPolicy({ storm: null }), NOW)).toBe(false);
  });
});
