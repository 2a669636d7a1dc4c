import type { Instant } from "#domain/values/language.ts";

/** Answers the time: ms since 1970, UTC. */
export type Clock = () => Instant;

/** Starts a measurement; the returned function answers the ms since then. Steps of the wall clock do not affect it. */
export type Stopwatch = () => () => number;

// The only place where the machine's clocks are read (lint: muster/no-ambient-clock). Everything else is handed one of these.

export const systemClock: Clock = () => Date.now();

/** Measures by a clock that is played: it goes on with that. */
export function playedStopwatch(clock: Clock): Stopwatch {
  return () => {
    const began = clock();
    return () => clock() - began;
  };
}

export const systemStopwatch: Stopwatch = () => {
  const began = performance.now();
  return () => performance.now() - began;
};
