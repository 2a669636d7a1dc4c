import type { AppConfig } from "#config/app-config.ts";
import {
  completeIndexes,
  migrateDatabase,
  openServerPool,
  UnusableDatabaseError,
  type DatabaseConnection,
} from "#db/client.ts";
import { classifyFault } from "#db/errors.ts";
import { LANES } from "#domain/values/language.ts";
import type { EngineLog } from "#engine/base/engine.ts";
import type { ClockTrust } from "./clock-trust.ts";
import { systemStopwatch } from "./clock.ts";
import { openQueue, type LaneQueue, type QueueLocation } from "#queue/lane-queue.ts";

/**
 * Waits for the database as long as it takes, brings it up to date, and opens the queue.
 * @throws UnusableDatabaseError for a database that can never be used, and what an embedded database fails with
 */
export async function becomeReady(
  config: AppConfig,
  connection: DatabaseConnection,
  state: { queue: LaneQueue | null; readonly stopping: boolean },
  trust: Pick<ClockTrust, "measure">,
  log: EngineLog,
): Promise<void> {
  for (let wait = 250; !state.stopping; wait = Math.min(wait * 2, 5_000)) {
    try {
      await migrateDatabase(connection);
      // Pages that need them are slow until they are there; nothing else waits.
      void completeIndexes(connection).catch((err: unknown) =>
        log.warn({ err }, "could not make the indexes of large tables; the next start tries again"),
      );
      await trust.measure();
      state.queue = await openQueue(
        queuePlace(config, connection),
        "muster",
        createThrottledLog(log, "the queue failed; the sweep does without it"),
      );
      return;
    } catch (err) {
      if (connection.embedded || err instanceof UnusableDatabaseError) throw err;
      log.warn({ err, reason: classifyFault(err).reason, retryInMs: wait }, "database not ready; retrying");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** The address by which several processes may share the database; null: with the embedded one, one process does all. */
export function sharedDatabaseUrl({ databaseUrl }: Pick<AppConfig, "databaseUrl">): string | null {
  return databaseUrl;
}

function queuePlace({ redis }: AppConfig, { place, pool, carriesQueue }: DatabaseConnection): QueueLocation {
  if (redis !== null) return { kind: "redis", ...redis };
  if (carriesQueue || place.kind === "embedded") return { kind: "postgres", pool, owned: false };
  const options = { connections: LANES.length + 5, name: "muster-queue", searchPath: "bullmq,public" };
  return { kind: "postgres", pool: openServerPool(place.url, options), owned: true };
}

/** Warns an operator who runs on PGlite: it is the slow way, taken because no server can run. */
export function reportFallback({ whyInside }: DatabaseConnection, log: EngineLog): void {
  if (whyInside === null) return;
  log.warn(
    { setup: true, reason: whyInside },
    `the embedded PostgreSQL server cannot run here (${whyInside}); PGlite takes its place inside this process: about 600 MB of memory, a tenth of the alerts per second, one process, and a power failure may take what was stored last. Set DATABASE_URL for more.`,
  );
}

/** Logs the same problem at most once in ten seconds. */
export function createThrottledLog(log: EngineLog, message: string): (error: Error) => void {
  let last: (() => number) | null = null;
  let notLogged = 0;
  return (err) => {
    if (last !== null && last() < 10_000) {
      notLogged++;
      return;
    }
    log.warn({ err, ...(notLogged > 0 ? { times: notLogged + 1 } : {}) }, message);
    last = systemStopwatch();
    notLogged = 0;
  };
}
