import { describe, expect, test } from "vitest";
import {
  formatDuration,
  isUnsetInstant,
  formatIso,
  nextUtcTime,
  parseDuration,
  parseInstant,
  formatUtc,
  formatUtcDay,
  formatUtcTime,
} from "#domain/values/instant.ts";
import { HOUR, MINUTE, SECOND, DAY } from "#test/support/builders/instants.ts";

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

describe("a duration", () => {
  test.each([
    { text: "90s", ms: 90 * SECOND },
    { text: "10m", ms: 10 * MINUTE },
    { text: "1h30m", ms: 90 * MINUTE },
    { text: "250ms", ms: 250 },
    { text: "1d", ms: DAY },
    { text: "2w", ms: 14 * DAY },
    { text: "0", ms: 0 },
    { text: "0s", ms: 0 },
  ])("$text is $ms ms", ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "10", "10 m", "m", "-5m", "1.5h", "10min", "5M", " 5m", "5m "])("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test.each([
    { ms: 0, text: "0 s" },
    { ms: 8_400, text: "8 s" },
    { ms: 59_999, text: "1 min" },
    { ms: 90 * SECOND, text: "1 min 30 s" },
    { ms: 22 * MINUTE, text: "22 min" },
    { ms: 22 * MINUTE + 29 * SECOND, text: "22 min" },
    { ms: 59 * MINUTE + 45 * SECOND, text: "1 h" },
    { ms: 65 * MINUTE, text: "1 h 5 min" },
    { ms: 2 * HOUR, text: "2 h" },
    { ms: 47 * HOUR, text: "47 h" },
    { ms: 2 * DAY, text: "2 d" },
    { ms: 3 * DAY + 4 * HOUR, text: "3 d 4 h" },
  ])("of $ms ms reads $text", ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
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
