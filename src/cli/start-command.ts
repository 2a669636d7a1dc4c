import { systemClock } from "#app/clock.ts";
import { existsSync } from "node:fs";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { openDatabase, migrateDatabase as migrateTables } from "#db/client.ts";
import { createLog } from "#app/log.ts";
import { prepareDataDirectory } from "#app/data-directory.ts";
import { runMuster as startMuster, type RunningMuster, type StartOverrides, type ProcessRole } from "#app/main.ts";
import { printLine } from "#app/terminal.ts";
import { forceExit, UsageError, type CliCommand } from "./cli-command.ts";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { setupNotes } from "#app/integrations/setup-notes.ts";

const ROLES: readonly ProcessRole[] = ["all", "web", "worker"];

export const startCommand: CliCommand = {
  name: "start",
  usage: "start [--role all|web|worker]",
  summary: "Run Muster. With nothing set: embedded database, chat and paging as dry runs in the log.",
  bare: true,
  options: { role: { type: "string", default: "all" } },
  async run({ values }) {
    const role = ROLES.find((each) => each === values["role"]);
    if (role === undefined) throw new UsageError(`--role is all, web or worker, not "${String(values["role"])}"`);
    const config = readConfig();
    if (role !== "all" && config.databaseUrl === null)
      throw new UsageError(`--role ${role} needs a database that several processes can share: set DATABASE_URL`);
    return serveUntilSignal(config, role);
  },
};

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
  const muster = await Promise.race([
    startMuster(config, role, log, overrides).catch((error: unknown) => {
      forceExit();
      throw error;
    }),
    signal,
  ]);
  if (typeof muster === "string") {
    log.info({ signal: muster }, "stopping before the start was complete");
    process.exit(0);
  }
  running.muster = muster;
  if (running.again) void muster.reload();
  const policy = existsSync(config.policyFile) ? `policy ${config.policyFile}` : `no ${config.policyFile}: defaults`;
  log.info(
    {
      url: muster.url,
      pid: process.pid,
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

export const migrateCommand: CliCommand = {
  name: "migrate",
  usage: "migrate",
  summary: "Bring the tables up to date, and end. Starting does it too; this is for doing it before.",
  bare: true,
  options: {},
  async run() {
    const config = readConfig();
    if (config.databaseUrl === null) prepareDataDirectory(config.dataDir);
    const connection = await openDatabase(
      config.databaseUrl === null
        ? { kind: "embedded", directory: config.dataDir }
        : { kind: "server", url: config.databaseUrl, connections: 2 },
      () => {},
    );
    try {
      await migrateTables(connection);
    } finally {
      await connection.close();
    }
    printLine("The tables are up to date.");
    return 0;
  },
};
