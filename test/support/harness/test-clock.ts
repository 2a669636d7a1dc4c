/**
 * The machine's clocks, for tests that run on real servers and for the doubles beside them. The only place of the tests
 * that reads them (lint: muster/no-ambient-clock). In the unit project `Date` stands still at NOW
 * (test/support/harness/frozen-date.ts), except under `.ci/clocks`. A test therefore takes what it compares with a
 * library's clock from here (the timestamp of a signature, a message of the emulated Slack), and all else from NOW.
 */
import { systemClock, systemStopwatch } from "#app/clock.ts";

/** ms since 1970, UTC. */
export const wallClock = systemClock;

/** Starts a measurement; what it returns answers the ms since then. */
export const stopwatch = systemStopwatch;

/**
 * Starts a measurement of work; what it returns answers the ms of CPU time that this process has used since then. What else
 * the machine does does not count, so a bound on it holds there too.
 */
export function cpuStopwatch(): () => number {
  const begun = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1_000;
  };
}

/** ms since the tests began, whatever steps the wall clock makes. */
export const monotonic = systemStopwatch();
