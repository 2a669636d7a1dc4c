import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { JournalLine } from "#domain/automation/run.ts";
import { errorsIn } from "./muster-process.ts";
import { startRunChaos, type RunChaos, type RunChaosOptions } from "./run-chaos.ts";

/** Every point that can be seen from inside the process, in order. `on the wire`: it has arrived, and no one has answered. */
export const KILL_POINTS = [
  "run.claimed",
  "run.starting",
  "run.started",
  "on the wire",
  "run.acted",
  "run.written",
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** A fence that runs. */
export const stepFence = (yaml: string): string => `\`\`\`yaml step\n${yaml}\n\`\`\``;
export const numberedNames = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
/** What the journal has of each attempt at a step. */
export const journalStates = (journal: readonly JournalLine[], idx: number): string[] =>
  journal.filter((line) => line.idx === idx).map(({ state }) => state);

/** Makes the process die at `point`; the next arrival in the world that `about` is in counts as the wire. */
export function planKill(victims: RunChaos, run: number, point: KillPoint, id: string, about: string): void {
  if (point !== "on the wire") {
    victims.dooms({ run, step: point, ...(point === "run.claimed" ? {} : { id }) });
    return;
  }
  victims.dooms();
  signalOnArrival(victims, about, "SIGKILL");
}

/** Sends `signal` to the process when the next thing that `about` is in arrives in the world. */
export function signalOnArrival(victims: RunChaos, about: string, signal: "SIGKILL" | "SIGSTOP"): void {
  // The one that lives now: by the time it arrives another may have been started beside it.
  const victim = victims.current();
  victims.world.arrives = (what) => {
    if (!what.includes(about)) return;
    victims.world.arrives = () => {};
    victim.signal(signal);
  };
}

/** How one of the team lets a step happen. */
export const APPROVED_BY_ONE = "approve: { from: ['@orders'], count: 1, expires: 10m }";

/** Sets a stage up for a describe, and looks afterwards for what no crash excuses. */
export function useRunChaos(options: () => Promise<RunChaosOptions>): { readonly victims: RunChaos } {
  const held = {} as { victims: RunChaos };
  beforeAll(async () => void (held.victims = await startRunChaos(await options())));
  afterEach(() => expect(held.victims.k8s.violations).toEqual([]));
  afterAll(async () => {
    try {
      expect(held.victims.stage.slack.violations).toEqual([]);
      expect(errorsIn(held.victims.current().log)).toEqual([]);
    } finally {
      await held.victims.close();
    }
  });
  return held;
}
