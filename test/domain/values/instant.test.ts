import { describe, expect, test } from "vitest";
import {
  isUnsetInstant,
  formatIso,
  nextUtcTime,
  parseInstant,
  formatUtc,
  formatUtcDay,
  formatUtcTime,
} from "#domain/values/instant.ts";

describe("an RFC 3339 time", () => {
  test.each([
    { text: "2026-11-21T14:32:00Z", at: Date.UTC(2026, 10, 21, 14, 32) },
    { text: "2026-11-21T14:32:00.123456789Z", at: Date.UTC(2026, 10, 21, 14, 32, 0, 123) },
    { text: "2026-11-21T14:32:00.5Z", at: Date.UTC(2026, 10, 21, 14, 32, 0, 500) },
    { text: "2026-11-21T22:32:00.000000001+08:00", at: Date.UTC(2026, 10, 21, 14, 32) },
    { text: "2026-11-21T09:02:00-05:30", at: Date.UTC(2026, 10, 21, 14, 32) },
    { text: "2026-11-21t14:32:00z", at: Date.UTC(2026, 10, 21, 14, 32) },
    { text: "2026-11-21 14:32:00Z", at: Date.UTC(2026, 10, 21, 14, 32) },
    { text: "2026-11-21t14:32:00.123456789z", at: Date.UTC(2026, 10, 21, 14, 32, 0, 123) },
    { text: "2026-11-21 14:32:00.123456789+08:00", at: Date.UTC(2026, 10, 21, 6, 32, 0, 123) },
    { text: "0001-01-01T00:00:00Z", at: -62_135_596_800_000 },
  ])("$text is understood", ({ text, at }) => {
    expect(parseInstant(text)).toBe(at);
  });

  test.each([
    "",
    "now",
    "2026-11-21",
    "2026-11-21T14:32:00",
    "2026-11-21T14:32Z",
    "2026-13-01T00:00:00Z",
    "2026-11-21T25:00:00Z",
    "1700000000",
    "2026-11-21T14:32:00Z\n",
    " 2026-11-21T14:32:00Z",
    "2026-11-21T14:32:00+99:00",
  ])("%j is no time", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test("of the year 1 means that it is not set", () => {
    expect([isUnsetInstant("0001-01-01T00:00:00Z"), isUnsetInstant("2026-11-21T14:32:00Z")]).toEqual([true, false]);
  });
});

describe("an instant", () => {
  const at = Date.UTC(2026, 10, 21, 14, 32, 5, 6);

  test("is shown in UTC everywhere", () => {
    expect([formatIso(at), formatUtc(at), formatUtcDay(at), formatUtcTime(at)]).toEqual([
      "2026-11-21T14:32:05.006Z",
      "2026-11-21 14:32:05 UTC",
      "2026-11-21",
      "14:32",
    ]);
  });

  test.each([
    { clock: "15:00", next: Date.UTC(2026, 10, 21, 15) },
    { clock: "14:32", next: Date.UTC(2026, 10, 22, 14, 32) },
    { clock: "09:00", next: Date.UTC(2026, 10, 22, 9) },
  ])("is followed by $clock UTC", ({ clock, next }) => {
    expect(nextUtcTime(at, clock)).toBe(next);
  });

  test("that is exactly the clock time waits for the next day", () => {
    expect(nextUtcTime(Date.UTC(2026, 10, 21, 9), "09:00")).toBe(Date.UTC(2026, 10, 22, 9));
  });
});
