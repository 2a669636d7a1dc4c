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
  /** A streaming replica; the primary has it as `name`. */
  replica(name: string): Promise<PostgresReplica>;
};

/** A server that replays what another writes; `url` is of the database `muster`. */
export type PostgresReplica = { readonly url: string; stop(): Promise<void> };

const run = promisify(execFile);

/** The directory of initdb and postgres: that of pg_config, or the newest that Debian installed; null without one. */
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
  client.on("error", () => {}); // the server may go while we end the connection
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Where a server of ours has its files and programs, and who runs it. */
type PostgresPlace = { readonly binaries: string; readonly directory: string; readonly who: ProcessIdentity | null };

/**
 * Starts PostgreSQL, trusting everyone on the loopback, user `postgres`. `fsync`: whether it writes through to the disk,
 * which one need not that no test kills.
 */
export async function startPostgres({ fsync = true } = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries();
  if (binaries === null) throw new Error("PostgreSQL is not installed (apt-get install postgresql)");
  const who = identity();
  const directory = temporaryDirectory("postgres", who);
  const place: PostgresPlace = { binaries, directory, who };
  const init = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  await run(join(binaries, "initdb"), ["-D", join(directory, "data"), ...init], { cwd: directory, ...who });

  const port = await freePort();
  const boot = (): Promise<ChildProgram> => bootServer(place, port, settingsOf(place, fsync));
  const createDatabase = async (name: string): Promise<string> => {
    await attempt(urlOf(port, "postgres"), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return urlOf(port, name);
  };

  let child = await boot();
  await createDatabase("muster");
  return {
    url: urlOf(port, "muster"),
    port,
    get pid() {
      return child.pid;
    },
    createDatabase,
    replica: (name) => startReplica(place, port, name),
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

/** A streaming replica of the server on a port. */
async function startReplica({ binaries, who }: PostgresPlace, port: number, name: string): Promise<PostgresReplica> {
  const directory = temporaryDirectory("replica", who);
  const place: PostgresPlace = { binaries, directory, who };
  const from = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-D", join(directory, "data")];
  await run(join(binaries, "pg_basebackup"), [...from, "--checkpoint=fast", "--write-recovery-conf"], {
    cwd: directory,
    ...who,
  });
  const ownPort = await freePort();
  const replica = await bootServer(place, ownPort, {
    ...settingsOf(place),
    primary_conninfo: `host=127.0.0.1 port=${port} user=postgres application_name=${name}`,
    max_standby_streaming_delay: "-1",
  });
  return {
    url: urlOf(ownPort, "muster"),
    stop: async () => {
      await replica.end("SIGINT");
      removeDirectory(directory);
    },
  };
}

function bootServer(
  { binaries, directory, who }: PostgresPlace,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProgram> {
  const set = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return startChild(join(binaries, "postgres"), ["-D", join(directory, "data"), "-p", String(port), ...set], {
    ready: () => attempt(urlOf(port, "postgres"), "SELECT 1").then(() => true),
    identity: who,
    cwd: directory,
    deathSignal: "QUIT",
  });
}

function settingsOf({ directory }: PostgresPlace, fsync = true): Readonly<Record<string, string>> {
  return {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: directory,
    max_connections: "200",
    fsync: fsync ? "on" : "off",
  };
}

function urlOf(port: number, database: string): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`;
}
