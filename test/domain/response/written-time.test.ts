import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LONGEST_TIME_PHRASE,
  readWrittenTime,
  resolveWrittenTime,
  TIME_PHRASE,
} from "#domain/response/written-time.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { anIncident } from "#test/support/builders/incidents.ts";

// A Monday.
const NOW = Date.parse("2026-11-30T09:00:30Z");
const timeFrom = (text: string, zone = "UTC") => readWrittenTime(text, { zone, now: NOW });
const at = (text: string, zone?: string): string | null => {
  const written = timeFrom(text, zone);
  return written === null ? null : "at" in written ? formatIso(written.at) : `${written.clock} ${written.zone}`;
};

describe("a time as people write it", () => {
  test.each<[string, string | null]>([
    ["18:00", "1080 UTC"],
    ["9:05", "545 UTC"],
    ["3pm", "900 UTC"],
    ["12:30 am", "30 UTC"],
    ["18:00 Europe/Berlin", "1080 Europe/Berlin"],
    ["18:00 +01:00", "1080 +01:00"],
    ["friday 18:00", "2026-11-27T18:00:00.000Z"],
    ["fri 6pm", "2026-11-27T18:00:00.000Z"],
    ["last monday 18:00", "2026-11-23T18:00:00.000Z"],
    ["monday 08:00", "2026-11-30T08:00:00.000Z"],
    ["monday 10:00", "2026-11-23T10:00:00.000Z"],
    ["18:00 yesterday", "2026-11-29T18:00:00.000Z"],
    ["18:00 on friday", "2026-11-27T18:00:00.000Z"],
    ["today at 08:00", "2026-11-30T08:00:00.000Z"],
    ["2026-11-27 18:00", "2026-11-27T18:00:00.000Z"],
    ["2026-11-27 18:00 Europe/Berlin", "2026-11-27T17:00:00.000Z"],
    ["2026-11-27T18:00", "2026-11-27T18:00:00.000Z"],
    ["2026-11-27T18:00Z", "2026-11-27T18:00:00.000Z"],
    ["2026-11-27T18:00:30.5+01:00", "2026-11-27T17:00:30.500Z"],
    ["2026-11-27T18:00:30+0100", "2026-11-27T17:00:30.000Z"],
    ["25:00", null],
    ["13pm", null],
    ["18:99", null],
    ["2026-02-30 18:00", null],
    ["18:00 Mars/Base", null],
    ["friday 18:00 yesterday", null],
    ["friday", null],
    ["noon", null],
  ])("%s", (text, wanted) => {
    expect(at(text)).toBe(wanted);
  });

  test("is in the zone of its author where it names none", () => {
    expect(at("friday 18:00", "America/New_York")).toBe("2026-11-27T23:00:00.000Z");
    expect(at("2026-11-27T18:00", "America/New_York")).toBe("2026-11-27T23:00:00.000Z");
    expect(at("friday 18:00 UTC", "America/New_York")).toBe("2026-11-27T18:00:00.000Z");
  });

  test.each([
    ["the pool was full at friday 18:00", "friday 18:00"],
    ["the pool was full on 2026-11-27 at 18:00 UTC", "2026-11-27 at 18:00 UTC"],
    ["rolled back at 3pm", "3pm"],
    ["at 18:00", "18:00"],
    ["we meet at noon", undefined],
    ["look at 5 hosts", undefined],
    ["it began at 14:00 and went on", undefined],
  ])("stands at the end of a text: %s", (text, phrase) => {
    expect(TIME_PHRASE.exec(text)?.[1]).toBe(phrase);
  });

  test("of any instant, written with date, time and zone, is that instant", () => {
    const minutes = fc
      .integer({ min: Date.parse("2020-01-01") / MINUTE_MS, max: Math.floor(NOW / MINUTE_MS) })
      .map((each) => each * MINUTE_MS);
    fc.assert(
      fc.property(minutes, fc.constantFrom("UTC", "America/New_York", "Asia/Kathmandu"), (instant, zone) => {
        const [date, time] = formatIso(instant).slice(0, 16).split("T") as [string, string];
        for (const text of [
          `${date} ${time} UTC`,
          `${time} UTC ${date}`,
          `${date}T${time}Z`,
          `${date}T${time}+00:00`,
        ]) {
          expect(TIME_PHRASE.exec(`x at ${text}`)?.[1], text).toBe(text);
          expect(readWrittenTime(text, { zone, now: NOW }), text).toEqual({ at: instant });
        }
      }),
    );
  });

  test("is looked for at the end of long texts only", () => {
    expect(LONGEST_TIME_PHRASE).toBeLessThan(200);
  });
});

describe("a time of day alone", () => {
  const opened = Date.parse("2026-11-27T16:00:40Z");
  const story = (over: object) => anIncident({ detectedAt: opened, openedAt: opened, ...over });
  const clock = (hours: number, minutes = 0) => ({ clock: hours * 60 + minutes, zone: "UTC" });
  const meant = (...about: Parameters<typeof resolveWrittenTime>) => formatIso(resolveWrittenTime(...about));

  test("is the last one while the incident is open", () => {
    expect(meant(clock(8), story({}), NOW)).toBe("2026-11-30T08:00:00.000Z");
    expect(meant(clock(10), story({}), NOW)).toBe("2026-11-29T10:00:00.000Z");
  });

  test("is on the day of the incident once it ended, also days later", () => {
    const over = story({ status: "resolved", resolvedAt: opened + 20 * MINUTE_MS });
    expect(meant(clock(15, 50), over, NOW)).toBe("2026-11-27T15:50:00.000Z");
    expect(meant(clock(16, 10), over, NOW)).toBe("2026-11-27T16:10:00.000Z");
    expect(meant(clock(17), over, NOW)).toBe("2026-11-27T17:00:00.000Z");
  });

  test("is near the time that it corrects", () => {
    const long = story({ status: "resolved", acknowledgedAt: opened + MINUTE_MS, resolvedAt: NOW - MINUTE_MS });
    expect(meant(clock(16, 30), long, NOW, "acknowledged")).toBe("2026-11-27T16:30:00.000Z");
    expect(meant(clock(8), long, NOW, "resolved")).toBe("2026-11-30T08:00:00.000Z");
  });

  test("in the minute in which the incident began is its beginning", () => {
    expect(resolveWrittenTime({ at: opened - 40_000 }, story({}), NOW)).toBe(opened);
    expect(resolveWrittenTime(clock(16), story({ resolvedAt: opened + MINUTE_MS }), NOW)).toBe(opened);
  });

  test("is never in the future, less than two days away, and shown by that clock", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"),
        fc.integer({ min: NOW - 400 * DAY_MS, max: NOW }),
        (minutes, zone, now) => {
          const open = anIncident({ detectedAt: now - 30 * DAY_MS, openedAt: now - 30 * DAY_MS });
          const then = resolveWrittenTime({ clock: minutes, zone }, open, now);
          expect(then).toBeLessThanOrEqual(now);
          expect(now - then).toBeLessThan(2 * DAY_MS);
        },
      ),
    );
  });
});
