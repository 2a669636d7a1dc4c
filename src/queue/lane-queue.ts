import { createPostgresBackend, Queue, runMigrations, Worker, type ConnectionOptions } from "bullmq";
import { Redis } from "ioredis";
import type pg from "pg";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { LANES, type Lane } from "#domain/values/language.ts";
import { WAKE_UP_JOB, WakeUpJob, jobPriority } from "./wake-up-job.ts";

/** What BullMQ runs on. The pool's tables live in the schema `bullmq`. */
export type QueueLocation =
  | {
      readonly kind: "postgres";
      readonly pool: pg.Pool;
      /** The queue's own: closed with it. */ readonly owned: boolean;
    }
  | {
      readonly kind: "redis";
      readonly url: string;
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly sentinelName: string;
    };

export type LaneQueue = {
  /** Adds one job. Rejects when the queue cannot be reached. */
  wakeLane(lane: Lane, wake: { readonly urgency: number; readonly delayMs: number }): Promise<void>;
  /** Starts one worker a lane. `work` deals with everything due. */
  consume(lanes: readonly Lane[], work: (lane: Lane) => Promise<void>): Promise<void>;
  /** Writes something of no consequence; rejects when the queue cannot be written, which a Redis that only reads would hide. */
  ping(): Promise<void>;
  /** Stops taking jobs and waits for those at work. */
  stop(): Promise<void>;
  close(): Promise<void>;
};

/** How long a worker waits after it could not ask for work, in ms; BullMQ's own 15 s would leave all to polling. */
const RETRY_MS = 2_000;
/** How long a worker that has nothing in hand may take to let go of its queue. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Opens the queue; the same BullMQ API on PostgreSQL, on the embedded database and on Redis.
 * @param prefix keeps several Musters on one Redis apart
 */
export async function openQueue(
  place: QueueLocation,
  prefix: string,
  onError: (error: Error) => void,
): Promise<LaneQueue> {
  if (place.kind === "postgres") await migrateQueue(place.pool);
  // A queue and a worker of each lane listen on it.
  if (place.kind === "postgres") place.pool.setMaxListeners(0);
  // BullMQ's overloads tie the type of the backend to that of the connection; which two these are is known at run time.
  const backend = (place.kind === "postgres" ? createPostgresBackend : undefined) as undefined;
  const { connection, redis } = createConnections(place, onError);
  const shared = connection(false);
  const queues = new Map(
    LANES.map((lane) => [lane, new Queue<WakeUpJob>(`muster-${lane}`, { connection: shared, prefix }, backend)]),
  );
  for (const queue of queues.values()) queue.on("error", onError);
  const workers = laneWorkers((lane, work) => {
    const options = { connection: connection(true), prefix, concurrency: 1, runRetryDelay: RETRY_MS };
    const worker = new Worker<WakeUpJob>(`muster-${lane}`, work, options, backend);
    worker.on("error", onError);
    worker.on("failed", (_, error) => onError(error));
    return worker;
  });

  return {
    async wakeLane(lane, { urgency, delayMs }) {
      const options = {
        ...WAKE_UP_JOB.options,
        priority: jobPriority(urgency),
        ...(delayMs > 0 ? { delay: Math.ceil(delayMs) } : {}),
      };
      const added = queues.get(lane)!.add(WAKE_UP_JOB.name, { lane }, options);
      await (place.kind === "redis" ? nameRedisFault(added) : added);
    },
    consume: workers.consume,
    async ping() {
      if (place.kind === "redis")
        await nameRedisFault(withDeadline(redis[0]!.set(`${prefix}:ping`, "1", "EX", 60), 2_000));
      else await place.pool.query(TRY_TO_WRITE);
    },
    stop: workers.stop,
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      for (const client of redis) client.disconnect();
      if (place.kind === "postgres" && place.owned) await place.pool.end();
    },
  };
}

/** Describes in an operator's words how Redis failed: its client speaks of streams and options. */
async function nameRedisFault(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof Error && cause.name === "ReplyError")
      throw new NamedProblem(`Redis refuses work (${reason})`, { cause });
    const isUnconnected = /^Stream isn't writeable|^Connection is closed|max retries per request/.test(reason);
    // The message of the system names a host and port, and strangers read this: its code does not.
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no answer";
    throw new NamedProblem(`Redis cannot be reached (${isUnconnected ? "no connection" : code})`, { cause });
  }
}

/** Fails where nothing can be written, and writes nothing. */
const TRY_TO_WRITE = "update bullmq.job set id = id where false";

/** What queues and workers speak over: one pool for all, or a Redis connection for each who asks. */
function createConnections(
  place: QueueLocation,
  onError: (error: Error) => void,
): { readonly connection: (forWorker: boolean) => ConnectionOptions; readonly redis: readonly Redis[] } {
  const redis: Redis[] = [];
  return {
    redis,
    connection(forWorker) {
      if (place.kind === "postgres") return place.pool;
      const client = connectRedis(place, forWorker);
      client.on("error", onError);
      redis.push(client);
      return client;
    },
  };
}

type WorkOn = (lane: Lane, work: (job: { readonly data: unknown }) => Promise<void>) => Worker<WakeUpJob>;

/** The workers of lanes, and what they have in hand. */
function laneWorkers(start: WorkOn): Pick<LaneQueue, "consume" | "stop"> {
  const workers: Worker<WakeUpJob>[] = [];
  const working = new Set<Promise<void>>();
  return {
    async consume(lanes, runLane) {
      for (const lane of lanes) {
        const work = (job: { readonly data: unknown }): Promise<void> => {
          const task: Promise<void> = runLane(WakeUpJob.parse(job.data).lane).finally(() => working.delete(task));
          working.add(task);
          return task;
        };
        workers.push(start(lane, work));
      }
      // An unreachable queue must not prevent the start: the sweep works without it.
      await Promise.race([
        Promise.all(workers.map((worker) => worker.waitUntilReady())),
        new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
      ]);
    },
    async stop() {
      const closed = Promise.allSettled(workers.map((worker) => worker.close()));
      await Promise.allSettled([...working]);
      // A worker whose Redis is down would wait for its close for ever.
      await withDeadline(closed, CLOSE_TIMEOUT_MS).catch(() => {});
    },
  };
}

function connectRedis(place: QueueLocation & { kind: "redis" }, forWorker: boolean): Redis {
  const options = {
    // A worker waits for its Redis as long as it takes; adding a job fails at once, and the sweep does without.
    maxRetriesPerRequest: forWorker ? null : 1,
    enableOfflineQueue: forWorker,
    connectTimeout: 5_000,
    retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 6), 3_000),
    reconnectOnError: leaveReplicas(forWorker),
  };
  if (place.sentinels.length === 0) return new Redis(place.url, options);
  const { username, password, pathname, protocol } = new URL(place.url);
  return new Redis({
    ...options,
    sentinels: place.sentinels.map((each) => ({ ...each })),
    name: place.sentinelName,
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1) || 0),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  });
}

/** How long a connection is kept at least before it is given up for another that may be no better, in ms. */
const KEPT_MS = 1_000;

/**
 * After a failover the old primary may live on as a replica, and connections to it stay open: it refuses to write
 * (READONLY), and cuts off those that wait there (UNBLOCKED). Only a new connection finds the new primary, by its name
 * or by its Sentinels. A worker asks again on the new one; adding a job fails at once.
 */
function leaveReplicas(forWorker: boolean): (error: Error) => false | 1 | 2 {
  let isNew = false;
  return ({ message }) => {
    if (isNew || !/\bREADONLY\b|^UNBLOCKED\b/.test(message)) return false;
    isNew = true;
    setTimeout(() => (isNew = false), KEPT_MS).unref();
    return forWorker ? 2 : 1;
  };
}

async function migrateQueue(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, "bullmq");
  } finally {
    client.release();
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
