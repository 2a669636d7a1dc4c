import type { AppConfig } from "#config/app-config.ts";
import { createStoredAllowances } from "#db/outbound/stored-allowances.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { clockOfDatabase, playedDatabaseClock, type DatabaseClock } from "#db/place/database-clock.ts";
import { LANES } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { WebhookSource } from "#domain/values/webhook-source.ts";
import * as webhookSources from "#handlers/webhooks/webhook-sources.ts";
import type { AutomationRuntime } from "#engine/base/run-ports.ts";
import type { Engine, EngineLog, LoopObserver } from "#engine/base/engine.ts";
import { LaneWatch } from "#engine/loop/lane-watch.ts";
import { createWakeUps, type LaneWorkers } from "#engine/loop/wake-ups.ts";
import { createSubmit, type SubmitCommand } from "#engine/base/submit.ts";
import type { Chat } from "#ports/chat.ts";
import type { DocumentStore } from "#ports/documents.ts";
import type { Paging } from "#ports/paging.ts";
import type { Tickets } from "#ports/tickets.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import { createAutomationRuntime } from "./automation-runtime.ts";
import { prepareDataDirectory } from "./data-directory.ts";
import { becomeReady, createThrottledLog } from "./database-start.ts";
import { openDoors, type ProcessRole } from "./doors.ts";
import { createLaneWorkers, receiveWakeUps, sendWakeUps } from "./lanes.ts";
import { createPolicyReload, recordVersions, startPolicy } from "./policy-reload.ts";
import { startClockMeasurement, startTimers } from "./scheduler.ts";
import { createMetrics } from "./metrics.ts";
import { closeServer } from "./server.ts";
import { connectIntegrations } from "./integrations/connected-ports.ts";
import { INTEGRATIONS } from "./integrations/integration-list.ts";
import type { Integration } from "./integrations/integration.ts";
import { outsideWorld } from "./outside-world.ts";
import { ClockTrust } from "./clock-trust.ts";
import { playedStopwatch, systemClock, systemStopwatch } from "./clock.ts";

export type { ProcessRole };

/** What tests and the demo put in the place of the world. */
export type StartOverrides = {
  readonly clock?: () => number;
  /** The database's clock, when it is to differ from `clock`. */
  readonly databaseClock?: DatabaseClock;
  readonly newId?: () => string;
  readonly newSalt?: () => string;
  readonly random?: () => number;
  /** The vendors there are, instead of the product's own list. */
  readonly integrations?: readonly Integration[];
  readonly chat?: Chat;
  readonly paging?: Paging;
  readonly tickets?: Tickets;
  readonly webhookSources?: readonly WebhookSource[];
  readonly automation?: AutomationRuntime;
  readonly documents?: DocumentStore;
  readonly observe?: LoopObserver;
  /** How many ms of `clock` pass in a real one: a demo plays 22 minutes in one. */
  readonly pace?: number;
  /** ms between two sweeps; null: none, the test drives the lanes itself. */
  readonly sweepEvery?: number | null;
  /** ms after which an effect that was begun and not finished is begun again. */
  readonly leaseMs?: number;
  /** false: nothing is consumed from the queue. */
  readonly consume?: boolean;
};

/** A running Muster. */
export type RunningMuster = {
  readonly url: string;
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly workers: LaneWorkers;
  /** Reloads the policy file; an invalid one changes nothing and is logged. Answers when it counts. */
  reload(): Promise<void>;
  /** Finishes the work in hand within 10 s and closes everything. */
  stop(): Promise<void>;
};

const GRACE_MS = 10_000;

type AppState = { started: boolean; stopping: boolean; policy: Policy; queue: LaneQueue | null };

/** What a running process consists of, as far as starting, reloading and stopping need it. */
type Parts = {
  readonly config: AppConfig;
  readonly state: AppState;
  readonly connection: DatabaseConnection;
  readonly automation: Awaited<ReturnType<typeof createAutomationRuntime>>;
  readonly engine: Engine;
  readonly log: EngineLog;
};

/**
 * Puts Muster together and starts it: settings → database → adapters → engine → doors. The doors open first and answer
 * 503 until the database is there, so that a sender tries again instead of losing heart.
 * @throws BadDataDirectory, DataDirectoryBusy when the embedded database has no place; Error when the port is taken
 */
export async function runMuster(
  config: AppConfig,
  role: ProcessRole,
  log: EngineLog,
  overrides: StartOverrides = {},
): Promise<RunningMuster> {
  const state: AppState = { started: false, stopping: false, policy: config.policy, queue: null };
  const policy = (): Policy => state.policy;
  const connection = await connectDatabase(config, createThrottledLog(log, "the database connection failed"));
  const clocks = createClocks(connection, overrides, log);
  const { trust, monotonic } = clocks;
  const metrics = createMetrics(() => (state.started ? connection : null));
  const allowances = createStoredAllowances(connection.db, clocks.databaseClock, createThrottledLog(log, UNCOUNTED));
  const setup = { config, policy, clock: trust.now, monotonic, metrics, allowances };
  const connected = connectIntegrations(overrides.integrations ?? INTEGRATIONS, setup);
  const automation = await createAutomationRuntime(config, policy, trust.now, log);
  const { random = Math.random } = overrides;
  const watch = new LaneWatch(systemStopwatch, random, log);
  const engine: Engine = {
    connection,
    policy,
    ...timesOf(clocks, state),
    ...outsideWorld(connected, log, overrides),
    random,
    publicUrl: config.publicUrl,
    automationOff: !config.automation,
    ...replacedParts(overrides, automation),
    wakeLane: createWakeUps(sendWakeUps(state, overrides.pace ?? 1, watch), monotonic, log),
    observe: observeAll(metrics.observe, overrides.observe),
    log,
  };
  const submit = createSubmit(engine);
  const workers = createLaneWorkers(engine, watch);
  const inside = { engine, submit, metrics, state, connected, watch, trust, monotonic };
  const doors = await openDoors(config, role, inside).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  const timers = new Set<NodeJS.Timeout>();
  const parts: Parts = { config, state, connection, automation, engine, log };
  const stop = createStop(parts, doors, workers, timers);
  try {
    await becomeReady(config, connection, state, trust, log).then(() => startPolicy(parts));
  } catch (error) {
    await stop();
    throw error;
  }
  if (role !== "web" && !state.stopping) await recordVersions(parts);
  if (role !== "web" && !state.stopping && overrides.consume !== false)
    await state.queue!.consume(LANES, receiveWakeUps(engine, workers, watch));
  if (!state.stopping && overrides.sweepEvery !== null) {
    timers.add(startClockMeasurement(trust, engine, submit));
    for (const timer of startTimers(role, engine, workers, submit, watch, rhythmOf(overrides))) timers.add(timer);
  }
  state.started = true;
  if (!state.stopping) for (const line of doors.lines) await line.start?.();
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${doors.port}`;
  return { url, engine, submit, workers, reload: createPolicyReload(parts), stop };
}

/** What a test may put in the place of the product's own. */
function replacedParts(
  { webhookSources: sources, automation: replaced, leaseMs }: StartOverrides,
  automation: AutomationRuntime,
): Pick<Engine, "webhookSources" | "automation" | "leaseMs"> {
  return {
    webhookSources: sources ?? Object.values(webhookSources),
    automation: replaced ?? automation,
    ...(leaseMs === undefined ? {} : { leaseMs }),
  };
}

function observeAll(first: LoopObserver, second: LoopObserver = () => {}): LoopObserver {
  return (step) => {
    first(step);
    second(step);
  };
}

type AppClocks = {
  readonly databaseClock: DatabaseClock;
  readonly trust: ClockTrust;
  readonly monotonic: () => number;
};

/** What the engine knows of time, and of when it may take work. */
function timesOf(
  { databaseClock, trust }: AppClocks,
  state: Pick<AppState, "stopping">,
): Pick<Engine, "clock" | "databaseClock" | "stopping" | "taking"> {
  return {
    clock: trust.now,
    databaseClock,
    stopping: () => state.stopping,
    taking: () => !state.stopping && trust.takes(),
  };
}

const UNCOUNTED = "the allowances at vendors could not be asked; requests go, and vendors count for themselves";

/** The clocks of this process: the machine's and the database's, or what is played in their place. */
function createClocks(
  connection: DatabaseConnection,
  { clock, databaseClock }: Pick<StartOverrides, "clock" | "databaseClock">,
  log: EngineLog,
): AppClocks {
  const database = databaseClock ?? (clock === undefined ? clockOfDatabase(connection.db) : playedDatabaseClock(clock));
  const stopwatch = clock === undefined ? systemStopwatch : playedStopwatch(clock);
  const trust = new ClockTrust(clock ?? systemClock, stopwatch, database, log);
  return { databaseClock: database, trust, monotonic: stopwatch() };
}

function connectDatabase(config: AppConfig, onFault: (error: Error) => void): Promise<DatabaseConnection> {
  if (config.databaseUrl !== null)
    return openDatabase({ kind: "server", url: config.databaseUrl, connections: 20 }, onFault);
  prepareDataDirectory(config.dataDir);
  return openDatabase({ kind: "embedded", directory: config.dataDir }, onFault);
}

/** Stops once, in the order in which things depend on each other; what takes too long is left behind. */
function createStop(
  { state, connection }: Parts,
  { server, lines, closeLines }: Awaited<ReturnType<typeof openDoors>>,
  workers: LaneWorkers,
  timers: ReadonlySet<NodeJS.Timeout>,
): () => Promise<void> {
  return async () => {
    if (state.stopping) return;
    state.stopping = true;
    for (const timer of timers) clearInterval(timer);
    let timer: NodeJS.Timeout | undefined;
    const timeoutMs = new Promise<void>((resolve) => (timer = setTimeout(resolve, GRACE_MS - 1_000)));
    const inTime = (work: Promise<unknown> | undefined): Promise<unknown> => Promise.race([work, timeoutMs]);
    await inTime(Promise.allSettled(lines.map(async (line) => line.stop?.())));
    closeLines();
    await closeServer(server, GRACE_MS / 2);
    await inTime(state.queue?.stop());
    await inTime(Promise.allSettled(LANES.map((lane) => workers[lane]())));
    await inTime(state.queue?.close());
    await inTime(connection.close());
    clearTimeout(timer);
  };
}

/** How often forgotten work is looked for, in real ms, and how fast the clock goes. */
function rhythmOf({ sweepEvery, pace = 1 }: StartOverrides): { readonly every: number; readonly pace: number } {
  return { every: sweepEvery ?? 1_000, pace };
}
