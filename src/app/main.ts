import { loadPolicy, formatPolicyProblem, type AppConfig } from "#config/app-config.ts";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { LANES } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { recordRunbookVersions } from "#engine/automation/recent-runbooks.ts";
import type { Engine, EngineLog } from "#engine/loop/engine.ts";
import type { LaneWorkers } from "#engine/loop/wake-ups.ts";
import { createSubmit, type SubmitCommand } from "#engine/loop/submit.ts";
import type { LaneQueue } from "#queue/lane-queue.ts";
import { createAutomationRuntime } from "./automation-runtime.ts";
import { prepareDataDirectory } from "./data-directory.ts";
import { openDoors, type OpenDoors, type ProcessRole } from "./doors.ts";
import { assembleEngine, createLaneWorkers } from "./engine-assembly.ts";
import { becomeReady, quietly } from "./readiness.ts";
import type { StartOverrides } from "./start-overrides.ts";
import { startScheduler } from "./scheduler.ts";
import { createMetrics } from "./metrics.ts";
import { closeServer } from "./server.ts";
import { connectIntegrations } from "./integrations/connected-ports.ts";
import { INTEGRATIONS } from "./integrations/integration-list.ts";
import { systemClock } from "./clock.ts";

export type { ProcessRole, StartOverrides };

/** A running Muster. */
export type RunningMuster = {
  readonly url: string;
  readonly engine: Engine;
  readonly submit: SubmitCommand;
  readonly drains: LaneWorkers;
  /** Reads the policy file again; a bad one changes nothing and is said in the log. */
  reload(): void;
  /** Finishes what is in hand within 10 s and lets go of everything. */
  stop(): Promise<void>;
};

const GRACE_MS = 10_000;

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
  const clock = overrides.clock ?? systemClock;
  const state = { started: false, stopping: false, policy: config.policy, queue: null as LaneQueue | null };
  const policy = (): Policy => state.policy;
  const connection = await openStore(config, quietly(log, "the database connection failed", clock));
  const metrics = createMetrics(() => (state.started ? connection : null));
  const connected = connectIntegrations(overrides.integrations ?? INTEGRATIONS, { config, policy, clock, metrics });
  const automata = await createAutomationRuntime(config, policy, clock, log);
  const engine = assembleEngine(
    { config, connection, clock, policy, state, log, connected, metrics, automata },
    overrides,
  );
  const submit = createSubmit(engine);
  const drains = createLaneWorkers(engine);
  const doors = await openDoors(config, role, { engine, submit, metrics, state, connected }).catch(
    async (error: unknown) => {
      await connection.close();
      throw error;
    },
  );
  const timers = new Set<NodeJS.Timeout>();
  const stop = async (): Promise<void> => {
    if (state.stopping) return;
    state.stopping = true;
    for (const timer of timers) clearInterval(timer);
    await letGo({ ...doors, connection, drains, queue: () => state.queue });
  };
  await becomeReady(config, connection, state, log).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  if (role !== "web" && !state.stopping) {
    await noteRunbooks(engine);
    if (overrides.consume !== false) await state.queue!.consume(LANES, (lane) => drains[lane]());
    if (overrides.sweepEvery !== null)
      for (const timer of startScheduler(engine, drains, submit, overrides.sweepEvery ?? 1_000)) timers.add(timer);
  }
  state.started = true;
  if (!state.stopping) for (const line of doors.lines) await line.start?.();

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${doors.port}`,
    engine,
    submit,
    drains,
    reload() {
      const fresh = readPolicyAgain(config.policyFile, log);
      if (fresh === null) return;
      state.policy = fresh;
      void reloadRunbooks(engine, automata);
    },
    stop,
  };
}

async function openStore(
  { databaseUrl, dataDir }: AppConfig,
  onFault: (error: Error) => void,
): Promise<DatabaseConnection> {
  if (databaseUrl !== null) return openDatabase({ kind: "server", url: databaseUrl, connections: 20 }, onFault);
  prepareDataDirectory(dataDir);
  return openDatabase({ kind: "embedded", directory: dataDir }, onFault);
}

/** Writes down which runbooks there are: what is new is told from what was there before by when it was first seen. */
async function noteRunbooks(engine: Engine): Promise<void> {
  await recordRunbookVersions(engine).catch((err: unknown) =>
    engine.log.warn({ err }, "the versions of runbooks could not be written down; they are when one runs"),
  );
}

async function reloadRunbooks(engine: Engine, runtime: { reload(): Promise<void> }): Promise<void> {
  try {
    await runtime.reload();
    await noteRunbooks(engine);
  } catch (err) {
    engine.log.error({ err }, "the runbooks could not be read again; the old ones stay");
  }
}

/** The policy as the file has it now; null when that is wrong, which the log says. */
function readPolicyAgain(file: string, log: EngineLog): Policy | null {
  const { policy, problems } = loadPolicy(file, false);
  if (policy === null)
    log.error(
      { problems: problems.map(formatPolicyProblem) },
      "the policy file is wrong; the old policy stays in force",
    );
  else log.info({ file }, "the policy was read again and is in force");
  return policy;
}

type Held = Pick<OpenDoors, "server" | "lines" | "closeLines"> & {
  readonly connection: DatabaseConnection;
  readonly drains: LaneWorkers;
  readonly queue: () => LaneQueue | null;
};

/** Lets go of everything, from the outside in; what is in hand is finished, as far as that is done in time. */
async function letGo({ server, lines, closeLines, connection, drains, queue }: Held): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, GRACE_MS - 1_000)));
  const inTime = (work: Promise<unknown> | undefined): Promise<unknown> => Promise.race([work, patience]);
  await inTime(Promise.allSettled(lines.map(async (line) => line.stop?.())));
  closeLines();
  await closeServer(server, GRACE_MS / 2);
  await inTime(queue()?.stop());
  await inTime(Promise.allSettled(LANES.map((lane) => drains[lane]())));
  await inTime(queue()?.close());
  await inTime(connection.close());
  clearTimeout(timer);
}
