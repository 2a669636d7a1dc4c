import type { AppConfig } from "#config/app-config.ts";
import { createStoredAllowances } from "#db/outbound/stored-allowances.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { clockOfDatabase, playedDatabaseClock, type DatabaseClock } from "#db/place/database-clock.ts";
import { LANES } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { WebhookSource } from "#domain/deliveries/webhook-source.ts";
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
import { becomeReady, createThrottledLog, reportFallback, sharedDatabaseUrl } from "./database-start.ts";
import { openDoors, type ProcessRole } from "./doors.ts";
import { createLaneWorkers, receiveWakeUps, sendWakeUps } from "./lanes.ts";
import { createPolicyReload, recordVersions, startPolicy } from "./policy-reload.ts";
import { startClockMeasurement, startTimers } from "./scheduler.ts";
import { withoutNotes } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { addressOf } from "./server.ts";
import { connectIntegrations } from "./integrations/connected-ports.ts";
import { INTEGRATIONS } from "./integrations/integration-list.ts";
import { createSetupWatch } from "./integrations/setup-watch.ts";
import type { Integration } from "./integrations/integration.ts";
import { outsideWorld } from "./outside-world.ts";
import type { WorkerProcess } from "#app/worker/worker-process.ts";
import type { MetricCounts, WorkerReport } from "#app/worker/worker-link.ts";
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
  /** The process that decides and acts for this one, which has the doors. */
  readonly worker?: WorkerProcess;
  /** false: no port is opened; the process that has the doors answers for this one. */
  readonly listen?: boolean;
};

/** A running Muster. */
export type RunningMuster = {
  readonly url: string;
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly workers: LaneWorkers;
  /** Reloads the policy file; an invalid one changes nothing and is logged. Answers when it counts. */
  reload(): Promise<void>;
  /** What this process counts and what is wrong with it. */
  report(): Promise<WorkerReport>;
  /** Finishes the work in hand within 10 s and closes everything. */
  stop(): Promise<void>;
};

const GRACE_MS = 10_000;
const UNCOUNTED = "the allowances at vendors could not be asked; requests go, and vendors count for themselves";

type AppState = {
  started: boolean;
  stopping: boolean;
  policy: Policy;
  policyText: string;
  queue: LaneQueue | null;
};

/** What a running process consists of, as far as starting, reloading and stopping need it. */
type Parts = {
  readonly config: AppConfig;
  readonly state: AppState;
  readonly connection: DatabaseConnection;
  readonly automation: ReturnType<typeof createAutomationRuntime>;
  readonly engine: Engine;
  readonly log: EngineLog;
  readonly worker: WorkerProcess | null;
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
  const state = stateAtStart(config);
  const policy = (): Policy => state.policy;
  const connection = await connectDatabase(config, createThrottledLog(log, "the database connection failed"));
  reportFallback(connection, log);
  const clocks = createClocks(connection, overrides, log);
  const { trust, monotonic } = clocks;
  const { worker = null } = overrides;
  const alone = overrides.listen !== false;
  const others = async (): Promise<readonly MetricCounts[]> => (await worker?.counts()) ?? [];
  const metrics = createMetrics(() => (state.started ? connection : null), { own: alone, others });
  const allowances = createStoredAllowances(connection.db, clocks.databaseClock, createThrottledLog(log, UNCOUNTED));
  const setup = { config, policy, clock: trust.now, machineClock: systemClock, monotonic, metrics, allowances };
  const connected = await connectIntegrations(overrides.integrations ?? INTEGRATIONS, setup);
  const policyLog = alone ? log : withoutNotes(log);
  const automation = createAutomationRuntime(config, policy, trust.now, policyLog);
  const watch = new LaneWatch(systemStopwatch, overrides.random ?? Math.random, log);
  const engine: Engine = {
    connection,
    policy,
    ...timesOf(clocks, state),
    ...outsideWorld(connected, log, overrides),
    random: overrides.random ?? Math.random,
    publicUrl: config.publicUrl,
    automationOff: !config.automation,
    ...replacedParts(overrides, automation),
    wakeLane: createWakeUps(sendWakeUps(state, overrides.pace ?? 1, watch), monotonic, log),
    observe: observeAll(metrics.observe, overrides.observe),
    log,
  };
  const submit = createSubmit(engine);
  const workers = createLaneWorkers(engine, watch);
  const faults = createSetupWatch(config, engine, overrides);
  const inside = { engine, submit, metrics, state, connected, watch, trust, monotonic, worker, setup: faults };
  const doors = alone ? await openDoors(config, role, inside).catch(closeAndThrow(connection)) : null;
  // Not before the doors are open: where there is one core both would be slow to start.
  worker?.start(() => state.policyText, sharedDatabaseUrl(config)!);
  const timers = new Set<NodeJS.Timeout>();
  const parts: Parts = { config, state, connection, automation, engine, log: policyLog, worker };
  const stop = createStop(parts, doors, workers, timers);
  try {
    // Runbooks are read meanwhile; nothing is decided before they are there.
    await becomeReady(config, connection, state, trust, log).then(() => automation.loaded);
    if (!state.stopping) await doors?.ensureTokens();
    await startPolicy(parts);
  } catch (error) {
    await stop();
    throw error;
  }
  if (!state.stopping) await beginWork(parts, role, { submit, workers, watch, trust, overrides, timers });
  state.started = true;
  if (!state.stopping) for (const line of doors?.lines ?? []) await line.start?.();
  const url = addressOf(config.host, doors?.port ?? 0);
  const report = async (): Promise<WorkerReport> => ({ counts: await metrics.counts(), ...watch.problems() });
  return { url, engine, submit, workers, reload: createPolicyReload(parts), report, stop };
}

function closeAndThrow(connection: DatabaseConnection): (error: unknown) => Promise<never> {
  return async (error) => {
    await connection.close();
    throw error;
  };
}

function stateAtStart({ policy, policyText }: AppConfig): AppState {
  return { started: false, stopping: false, policy, policyText, queue: null };
}

/** What a process does by itself once its database is ready. */
async function beginWork(
  parts: Parts,
  role: ProcessRole,
  work: {
    readonly submit: SubmitCommand;
    readonly workers: LaneWorkers;
    readonly watch: LaneWatch;
    readonly trust: ClockTrust;
    readonly overrides: StartOverrides;
    readonly timers: Set<NodeJS.Timeout>;
  },
): Promise<void> {
  const { engine, state } = parts;
  const { submit, workers, watch, trust, overrides, timers } = work;
  if (role !== "web") await recordVersions(parts);
  if (role !== "web" && !state.stopping && overrides.consume !== false)
    await state.queue!.consume(LANES, receiveWakeUps(engine, workers, watch));
  if (state.stopping || overrides.sweepEvery === null) return;
  timers.add(startClockMeasurement(trust, engine, submit));
  for (const timer of startTimers(role, engine, workers, submit, watch, rhythmOf(overrides))) timers.add(timer);
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

/** The clocks of the engine, and whether it may take work. */
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
  { state, connection, worker }: Parts,
  doors: Awaited<ReturnType<typeof openDoors>> | null,
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
    if (doors !== null) {
      await inTime(Promise.allSettled(doors.lines.map(async (line) => line.stop?.())));
      doors.closeLines();
      await doors.close(GRACE_MS / 2);
    }
    // After the doors: a request that one took may still wait for the worker.
    await inTime(worker?.stop(GRACE_MS));
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
