import { systemClock, systemStopwatch } from "#app/clock.ts";
import { existsSync } from "node:fs";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { createLog } from "#app/log.ts";
import { sharedDatabaseUrl } from "#app/database-start.ts";
import { createWorkerProcess, type WorkerProcess } from "#app/worker/worker-process.ts";
import { runMuster as startMuster, type RunningMuster, type StartOverrides, type ProcessRole } from "#app/main.ts";
import type { CommandTerminal } from "#app/terminal.ts";
import { forceExit, UsageError, type CommandArgs } from "./cli-command.ts";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { setupNotes } from "#app/integrations/setup-notes.ts";

const ROLES: readonly ProcessRole[] = ["all", "web", "worker"];

export async function startCommand({ values }: CommandArgs, terminal: CommandTerminal): Promise<number> {
  const role = ROLES.find((each) => each === values["role"]);
  if (role === undefined) throw new UsageError(`--role is all, web or worker, not "${String(values["role"])}"`);
  const config = readConfig(terminal.env);
  return serveUntilSignal(config, role);
}

/**
 * A worker beside the doors, where several processes may share the database: a batch of decisions would delay every
 * answer. What a test puts in the place of the world stays in its process, and so does the work.
 */
function workerBeside(
  config: AppConfig,
  role: ProcessRole,
  overrides: StartOverrides,
  log: ReturnType<typeof createLog>,
): WorkerProcess | null {
  return role === "all" && sharedDatabaseUrl(config) !== null && Object.keys(overrides).length === 0
    ? createWorkerProcess({ log, stopwatch: systemStopwatch })
    : null;
}

/** Runs Muster until a signal ends it; answers the exit code. `overrides` is for the tests. */
export async function serveUntilSignal(
  config: AppConfig,
  role: ProcessRole,
  overrides: StartOverrides = {},
): Promise<number> {
  const log = createLog(config);
  const running: { muster: RunningMuster | null; again: boolean } = { muster: null, again: false };
  // Before anything else: a SIGHUP that no one listens to ends the process.
  process.on("SIGHUP", () => {
    if (running.muster === null) running.again = true;
    else void running.muster.reload();
  });
  for (const line of setupNotes(INTEGRATIONS, config)) log.warn({ setup: true }, line);
  // Listened to before anything else: as process 1 of a container, no one would end us while we wait for the database.
  const signal = new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => resolve(name));
  });
  const worker = workerBeside(config, role, overrides, log);
  const starting =
    worker === null
      ? startMuster(config, role, log, overrides)
      : startMuster(config, "web", log, { ...overrides, worker });
  const muster = await Promise.race([
    starting.catch((error: unknown) => {
      forceExit();
      throw error;
    }),
    signal,
  ]);
  if (typeof muster === "string") {
    log.info({ signal: muster }, "stopping before the start was complete");
    await worker?.stop(0);
    process.exit(0);
  }
  running.muster = muster;
  if (running.again) void muster.reload();
  const policy = existsSync(config.policyFile) ? `policy ${config.policyFile}` : `no ${config.policyFile}: defaults`;
  log.info(
    {
      url: muster.url,
      pid: process.pid,
      ...(worker === null ? {} : { worker: worker.pid }),
      role,
      policy,
      database: config.databaseUrl === null ? "embedded" : "postgresql",
      queue: config.redis === null ? "postgresql" : "redis",
    },
    `Muster listens on ${muster.url} (process ${process.pid}; ${policy})`,
  );
  if (role !== "web") void checkAtStart(config, log);
  log.info({ signal: await signal }, "stopping: finishing what is in hand");
  try {
    await muster.stop();
    return 0;
  } catch (err) {
    log.error({ err }, "stopping failed");
    return 1;
  } finally {
    forceExit();
  }
}

/** A wrong routing key pages no one: it is reported at the start, not at the first alarm. Nothing waits for the answer. */
async function checkAtStart(config: AppConfig, log: ReturnType<typeof createLog>): Promise<void> {
  for (const { title, check, checkedAtStart } of INTEGRATIONS)
    if (checkedAtStart === true)
      for (const { ok, says: detail } of (await check?.(config, systemClock)) ?? [])
        if (!ok) log.error({ setup: true }, `${title}: ${detail}`);
}
