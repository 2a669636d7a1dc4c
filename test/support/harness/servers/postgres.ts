import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { type ChildProgram, findProgram, startChild } from "./child-process.ts";
import { type ProcessIdentity, removeDirectory, temporaryDirectory } from "./temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

/** A PostgreSQL server of our own. */
export type PostgresServer = {
  /** The database `muster`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Ends it cleanly, cutting every connection, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it as a crash does: at once, with nothing written down. `start` recovers from the log. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** A new empty database; answers its url. */
  createDatabase(name: string): Promise<string>;
  /** A streaming replica, which the primary knows by `name`. */
  replica(name: string): Promise<PostgresReplica>;
};

/** A server that replays what another writes; `url` is of the database `muster`. */
export type PostgresReplica = { readonly url: string; stop(): Promise<void> };

const run = promisify(execFile);

/** The directory of initdb and postgres: what pg_config says, or the newest that Debian installed; null without one. */
export function postgresBinaries(): string | null {
  const reply =
    findProgram("pg_config") === null ? [] : [execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim()];
  const root = "/usr/lib/postgresql";
  const installed = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...reply, ...installed.map((version) => join(root, version, "bin"))];
  return places.find((place) => existsSync(join(place, "initdb")) && existsSync(join(place, "postgres"))) ?? null;
}

/** PostgreSQL refuses to run as root. */
function identity(): ProcessIdentity | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function attempt(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the server may go while we say goodbye
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts PostgreSQL with fsync on, trusting everyone on the loopback, user `postgres`. */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = postgresBinaries();
  if (binaries === null) throw new Error("PostgreSQL is not installed (apt-get install postgresql)");
  const who = identity();
  const directory = temporaryDirectory("postgres", who);
  const data = join(directory, "data");
  const init = [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ];
  await run(join(binaries, "initdb"), init, { cwd: directory, ...who });

  const port = await freePort();
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: directory,
    max_connections: 200,
    fsync: "on",
  };
  const args = [
    "-D",
    data,
    "-p",
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const boot = (): Promise<ChildProgram> =>
    startChild(join(binaries, "postgres"), args, {
      ready: () => attempt(urlOf("postgres"), "SELECT 1").then(() => true),
      identity: who,
      cwd: directory,
      deathSignal: "QUIT",
    });
  const createDatabase = async (name: string): Promise<string> => {
    await attempt(urlOf("postgres"), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return urlOf(name);
  };

  let child = await boot();
  await createDatabase("muster");
  return {
    url: urlOf("muster"),
    port,
    get pid() {
      return child.pid;
    },
    createDatabase,
    async replica(name) {
      const place = temporaryDirectory("replica", who);
      const copy = [
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "postgres",
        "-D",
        join(place, "data"),
        "--checkpoint=fast",
        "--write-recovery-conf",
      ];
      await run(join(binaries, "pg_basebackup"), copy, { cwd: place, ...who });
      const near = await freePort();
      const of: Record<string, string> = {
        ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
        unix_socket_directories: place,
        primary_conninfo: `host=127.0.0.1 port=${port} user=postgres application_name=${name}`,
        max_standby_streaming_delay: "-1",
      };
      const more = [
        "-D",
        join(place, "data"),
        "-p",
        String(near),
        ...Object.entries(of).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
      ];
      const url = `postgres://postgres@127.0.0.1:${near}/muster`;
      const ready = (): Promise<boolean> => attempt(url, "SELECT 1").then(() => true);
      const replica = await startChild(join(binaries, "postgres"), more, {
        ready,
        identity: who,
        cwd: place,
        deathSignal: "QUIT",
      });
      return {
        url,
        stop: async () => {
          await replica.end("SIGINT");
          removeDirectory(place);
        },
      };
    },
    kill: () => child.end("SIGQUIT"),
    start: async () => void (child = await boot()),
    restart: async () => {
      await child.end("SIGINT");
      child = await boot();
    },
    stop: async () => {
      await child.end("SIGINT");
      removeDirectory(directory);
    },
  };
}
