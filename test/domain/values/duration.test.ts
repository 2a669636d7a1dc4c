import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "#domain/values/duration.ts";
import { DAY, HOUR, MINUTE, SECOND } from "#test/support/builders/instants.ts";

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
