import type { AppConfig } from "#config/app-config.ts";
import { migrateDatabase, openServerPool, type DatabaseConnection } from "#db/client.ts";
import { LANES } from "#domain/values/language.ts";
import type { EngineLog } from "#engine/loop/engine.ts";
import { openQueue, type LaneQueue } from "#queue/lane-queue.ts";
import { systemClock } from "./clock.ts";

/** Waits for the database as long as it takes, brings it up to date, and opens the queue. */
export async function becomeReady(
  config: AppConfig,
  connection: DatabaseConnection,
  state: { queue: LaneQueue | null; readonly stopping: boolean },
  log: EngineLog,
): Promise<void> {
  for (let wait = 250; !state.stopping; wait = Math.min(wait * 2, 5_000)) {
    try {
      await migrateDatabase(connection);
      const place =
        config.redis !== null
          ? { kind: "redis" as const, ...config.redis }
          : config.databaseUrl === null
            ? { kind: "postgres" as const, pool: connection.pool, owned: false }
            : {
                kind: "postgres" as const,
                pool: openServerPool(config.databaseUrl, {
                  connections: LANES.length + 5,
                  name: "muster-queue",
                  searchPath: "bullmq,public",
                }),
                owned: true,
              };
      state.queue = await openQueue(
        place,
        "muster",
        quietly(log, "the queue failed; the sweep does without it", systemClock),
      );
      return;
    } catch (err) {
      if (connection.embedded) throw err;
      log.warn({ err, retryInMs: wait }, "the database is not ready; waiting for it");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Says the same trouble once in ten seconds, however often it happens. */
export function quietly(log: EngineLog, message: string, clock: () => number): (error: Error) => void {
  let last = 0;
  let unsaid = 0;
  return (err) => {
    if (clock() - last < 10_000) {
      unsaid++;
      return;
    }
    log.warn({ err, ...(unsaid > 0 ? { times: unsaid + 1 } : {}) }, message);
    last = clock();
    unsaid = 0;
  };
}
