import { readConfig } from "#config";
import { connect, migrate as migrateTables } from "#db/client.ts";
import { createLog } from "../log.ts";
import { start as startMuster, type Role } from "../main.ts";
import { print, Usage, type Command } from "./command.ts";

const ROLES: readonly Role[] = ["all", "web", "worker"];

export const start: Command = {
  name: "start",
  usage: "start [--role all|web|worker]",
  summary: "Run Muster. With nothing set: embedded database, chat and paging as dry runs in the log.",
  options: { role: { type: "string", default: "all" } },
  async run({ values }) {
    const role = ROLES.find((each) => each === values["role"]);
    if (role === undefined) throw new Usage(`--role is all, web or worker, not "${String(values["role"])}"`);
    const config = readConfig();
    if (role !== "all" && config.databaseUrl === null) throw new Usage(`--role ${role} needs a database that several processes can share: set DATABASE_URL`);
    const log = createLog(config);
    for (const line of config.missing) log.warn({ setup: true }, line);
    const muster = await startMuster(config, role, log);
    log.info({ url: muster.url, role, database: config.databaseUrl === null ? "embedded" : "postgresql", queue: config.redis === null ? "postgresql" : "redis" }, `Muster listens on ${muster.url}`);
    process.on("SIGHUP", () => muster.reload());
    return new Promise((resolve) => {
      let stopping = false;
      const stop = (signal: string): void => {
        if (stopping) return;
        stopping = true;
        log.info({ signal }, "stopping: finishing what is in hand");
        muster.stop().then(
          () => resolve(0),
          (err: unknown) => {
            log.error({ err }, "stopping failed");
            resolve(1);
          },
        );
      };
      process.on("SIGTERM", () => stop("SIGTERM"));
      process.on("SIGINT", () => stop("SIGINT"));
    });
  },
};

export const migrate: Command = {
  name: "migrate",
  usage: "migrate",
  summary: "Bring the tables up to date, and end. Starting does it too; this is for doing it before.",
  options: {},
  async run() {
    const config = readConfig();
    const connection = await connect(config.databaseUrl === null ? { kind: "embedded", directory: config.dataDir } : { kind: "server", url: config.databaseUrl, connections: 2 }, () => {});
    try {
      await migrateTables(connection);
    } finally {
      await connection.close();
    }
    print("The tables are up to date.");
    return 0;
  },
};
