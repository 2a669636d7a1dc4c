import { setTimeout as sleep } from "node:timers/promises";
import type { Instant } from "#domain/values/language.ts";

/** How far the story's time goes on before Muster is asked whether it keeps up, in ms of the story. */
const SLICE_MS = 5_000;
/** Real ms between two questions while something is not done. */
const ASK_EVERY_MS = 10;
/** Real ms after which the time goes on although something is not done: it may wait for the time. */
const PATIENCE_MS = 2_000;

/** The time of a story, which goes on at `pace` as long as the work keeps up with it. */
export type StoryClock = {
  readonly now: () => Instant;
  /** Lets the time go on. `keepsUp`: whether everything is done that is due; asked all the time, until `stop`. */
  start(keepsUp: () => Promise<boolean>): void;
  stop(): Promise<void>;
};

/**
 * A clock that shows `from` until it is started. On a loaded machine seconds would be an hour of the story: people would act
 * before there is anything to act on, and deadlines would pass while nothing ran. So the time stands still while work waits.
 */
export function createStoryClock(wallClock: () => Instant, pace: number, from: Instant): StoryClock {
  let shown = from;
  let since: Instant | null = null;
  let running: Promise<void> = Promise.resolve();
  const now = (): Instant =>
    since === null ? shown : shown + Math.min(SLICE_MS, Math.max(0, wallClock() - since) * pace);
  const goOn = (): void => {
    shown = now();
    since = wallClock();
  };
  let stopped = false;
  const drive = async (keepsUp: () => Promise<boolean>): Promise<void> => {
    while (!stopped) {
      const asked = wallClock();
      while (!stopped && wallClock() - asked < PATIENCE_MS && !(await keepsUp().catch(() => false)))
        await sleep(ASK_EVERY_MS);
      goOn();
      await sleep(Math.max(ASK_EVERY_MS, SLICE_MS / pace / 4));
    }
  };
  return {
    now,
    start: (keepsUp) => {
      goOn();
      running = drive(keepsUp);
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
