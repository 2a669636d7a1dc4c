import { sql } from "drizzle-orm";
import { PortError } from "#ports/port-error.ts";
import type { StoryWorld } from "./story-world.ts";

/** A fault of the machine: planted when the story begins, or after each act. */
export type EngineFault = {
  readonly begins?: (world: StoryWorld) => void;
  readonly follows?: (world: StoryWorld) => Promise<unknown>;
};

/** Changes what is stored, behind the back of the engine. */
const stores =
  (statement: string): ((world: StoryWorld) => Promise<unknown>) =>
  ({ rig }) =>
    rig.connection.db.execute(sql.raw(statement));

/** A fault with the law that must find it, in the first story from `seed` on that comes to it. */
type PlantedEngineFault = {
  readonly fault: string;
  readonly seed: number;
  readonly law: RegExp;
  readonly plant: EngineFault;
};

/** Faults of a machine, as they were or could be. */
export const ENGINE_FAULTS: readonly PlantedEngineFault[] = [
  {
    fault: "a channel that may be there is not looked for",
    seed: 4,
    law: /^one channel an incident/,
    plant: { begins: ({ chat }) => void (chat.forgetsAttempts = (method) => method === "openChannel") },
  },
  {
    fault: "a message that may be there is not looked for",
    seed: 2,
    law: /^nothing is posted twice/,
    plant: { begins: ({ chat }) => void (chat.forgetsAttempts = (method) => method !== "openChannel") },
  },
  {
    fault: "a page that opened nothing is not missed",
    seed: 2,
    law: /^sent means reached/,
    plant: {
      begins: ({ pager }) => {
        if (pager === null) return;
        pager.drops = () => true;
        pager.hasAlarm = () => Promise.resolve(true);
      },
    },
  },
  {
    fault: "the pager does not learn of an answer",
    seed: 8,
    law: /^an answer reaches the pager/,
    plant: { follows: stores("update effects set status = 'done' where effect->>'type' = 'page.acknowledge'") },
  },
  {
    fault: "the pager does not learn of an end",
    seed: 2,
    law: /^no alarm outlives/,
    plant: { begins: ({ pager }) => void (pager === null || (pager.keepsOpen = true)) },
  },
  {
    fault: "an answer that never came is taken for a refusal",
    seed: 5,
    law: /^no doubt is a refusal/,
    plant: {
      begins: ({ moods }) => {
        const asks = moods.asks.bind(moods);
        moods.asks = (...request) =>
          asks(...request).catch((error: unknown) => {
            throw error instanceof PortError && error.mayHaveHappened
              ? new PortError(error.reason, error.message, { retryable: false })
              : error;
          });
      },
    },
  },
  {
    fault: "pages are forgotten in the queue",
    seed: 4,
    law: /^each team is paged/,
    plant: {
      follows: stores("update effects set status = 'done' where effect->>'type' = 'page.trigger' and status <> 'done'"),
    },
  },
  {
    fault: "work that is under way when a process dies is never taken again",
    seed: 2,
    law: /^what is asked is done/,
    plant: { follows: stores("update effects set due_at = due_at + interval '1 day' where status = 'started'") },
  },
];
