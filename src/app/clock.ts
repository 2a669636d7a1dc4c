import type { Instant } from "#domain/values/language.ts";

/** Tells the time: ms since 1970, UTC. */
export type Clock = () => Instant;

/** Starts a measurement; what it returns tells the ms since then. Steps of the wall clock do not move it. */
export type Stopwatch = () => () => number;

// The only place where the machine's clocks are read (lint: muster/no-ambient-clock). Everything else is handed one of these.

export const systemClock: Clock = () => Date.now();

export const systemStopwatch: Stopwatch = () => {
  const began = performance.now();
  return () => performance.now() - began;
};
