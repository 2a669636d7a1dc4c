import { z } from "zod";
import { LANES } from "#domain/values/language.ts";

/**
 * The only job there is: "something is due in this lane". It carries no state and stands for everything due, so it may
 * be lost, doubled or late: rows in the database hold what is to be done, and a sweep finds what no wake-up announced.
 */
export const WakeUpJob = z.object({ lane: z.enum(LANES) });
export type WakeUpJob = z.output<typeof WakeUpJob>;

export const WAKE_UP_JOB = {
  name: "drain",
  /**
   * Not tried again by the queue: the sweep will, and the rows count the attempts. Nothing is kept of a finished nudge.
   */
  options: { attempts: 1, removeOnComplete: true, removeOnFail: true },
} as const;

/** BullMQ's priorities: 1 is the most urgent, larger is later; 0 would mean none. */
export function jobPriority(urgency: number): number {
  return urgency + 1;
}
