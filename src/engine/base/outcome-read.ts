import { findCommandOutcome } from "#db/commands.ts";
import {
  combineOutcomes,
  PENDING_ANSWER,
  type CommandAnswer,
  type CommandOutcome,
} from "#domain/events/command-outcome.ts";
import type { Engine } from "./engine.ts";

/** How long a door waits for what came of a command, in ms. */
const TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** Waits until commands were decided, a few seconds at most; null when one of them is unknown. */
export function outcomeRead({
  connection: { db },
}: Pick<Engine, "connection">): (keys: readonly string[]) => Promise<CommandAnswer | null> {
  return async (keys) => {
    const done: CommandOutcome[] = [];
    for (let waited = 0; waited < TIMEOUT_MS; waited += LOOK_EVERY_MS) {
      for (const key of keys.slice(done.length)) {
        const found = await findCommandOutcome(db, key);
        if (found === null) return null;
        if (found === "pending") break;
        done.push(found);
      }
      const [first, ...more] = done;
      if (first !== undefined && done.length === keys.length) return combineOutcomes([first, ...more]);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return PENDING_ANSWER;
  };
}
