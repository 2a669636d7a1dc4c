import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAUSE_MS, receivingSince } from "#domain/alerting/heartbeat.ts";
import { isWatchdogSilent } from "#domain/alerting/watchdog.ts";
import { HOUR, MINUTE, NOW } from "#test/support/builders/instants.ts";

const doors = (since: number, at: number) => ({ since, at, note: null });

describe("Muster can receive", () => {
  test.each([
    ["from the beginning, as far as is known, when it was never recorded", null, 0],
    ["since its last pause", doors(NOW - HOUR, NOW - MINUTE), NOW - HOUR],
    ["since its last pause, up to the longest time between two beats", doors(NOW - HOUR, NOW - PAUSE_MS), NOW - HOUR],
    ["from now on, while it does not", doors(NOW - HOUR, NOW - PAUSE_MS - 1), NOW],
    ["since its last pause, by a clock that is behind", doors(NOW - HOUR, NOW + MINUTE), NOW - HOUR],
  ])("%s", (_, beat, since) => {
    expect(receivingSince(beat, NOW)).toBe(since);
  });
});

test("a watchdog is silent exactly when it could have been received for all of its time and was not", () => {
  const instant = fc.integer({ min: NOW - 24 * HOUR, max: NOW });
  fc.assert(
    fc.property(instant, instant, fc.integer({ min: 1, max: 12 * HOUR }), (lastSeenAt, since, within) => {
      const silent = isWatchdogSilent({ status: "firing", lastSeenAt }, within, since, NOW);
      expect(silent).toBe(NOW - lastSeenAt > within && NOW - since > within);
    }),
  );
});

test("a watchdog that its source calls resolved is silent at once", () => {
  expect(isWatchdogSilent({ status: "resolved", lastSeenAt: NOW }, HOUR, NOW, NOW)).toBe(true);
});
