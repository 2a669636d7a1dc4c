import { describe, expect, test } from "vitest";
import { dailyDigestDue, isStillNews, weeklyDigestDue } from "#domain/reporting/digest-due.ts";
import { HOUR, NOW, instantOf } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

describe("figures", () => {
  test.each([
    ["2026-11-21T14:32:00Z", {}, "2026-11-16T09:00:00Z"],
    ["2026-11-23T08:59:59Z", {}, "2026-11-16T09:00:00Z"],
    ["2026-11-23T09:00:00Z", {}, "2026-11-23T09:00:00Z"],
    ["2026-11-21T14:32:00Z", { weekly: { on: "friday", at: "17:30" } }, "2026-11-20T17:30:00Z"],
    ["2026-11-21T14:32:00Z", { weekly: null }, null],
  ])("at %s with %j the last week was due at %s", (now, digest, due) =>
    expect(weeklyDigestDue(aPolicy({ digest }), instantOf(now))).toBe(due === null ? null : instantOf(due)),
  );

  test.each([
    ["2026-11-21T14:32:00Z", "09:00", "2026-11-21T09:00:00Z"],
    ["2026-11-21T08:59:59Z", "09:00", "2026-11-20T09:00:00Z"],
    ["2026-11-21T09:00:00Z", "09:00", "2026-11-21T09:00:00Z"],
  ])("at %s with the hour %s the last day was due at %s", (now, at, due) =>
    expect(dailyDigestDue(aPolicy({ digest: { at } }), instantOf(now))).toBe(instantOf(due)),
  );

  test.each([
    [0, true],
    [12 * HOUR, true],
    [12 * HOUR + 1, false],
  ])("that were due %s ms ago are still news: %s", (age, isNews) => expect(isStillNews(NOW - age, NOW)).toBe(isNews));
});
