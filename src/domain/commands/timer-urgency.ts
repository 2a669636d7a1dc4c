import type { Timer } from "#domain/values/language.ts";

/**
 * How soon a timer that is due is decided. Those that end an incident go last: whatever was accepted before them, such
 * as the alert that fires again, is decided before them. None of them waits for what comes after.
 */
export const TIMER_URGENCY: Readonly<Record<Timer, number>> = {
  ack: 1,
  escalate: 0,
  command: 0,
  // It pages; but an end that the source reported and that was accepted before it is decided before it.
  recheck: 1,
  ticket: 2,
  update: 2,
  quiet: 4,
  archive: 4,
  review: 4,
};
