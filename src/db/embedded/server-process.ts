import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import type { Socket } from "node:net";
import pg from "pg";
import { serverEnvironment } from "./server-settings.ts";
import { commandAs, giveTo, type ServerUser } from "./server-user.ts";

/** How a server is started. */
export type ServerStart = {
  /** The folder of `bin`, `lib` and `share`. */
  readonly programs: string;
  /** The folder of its files, in which it is started. */
  readonly files: string;
  readonly args: readonly string[];
  readonly user: ServerUser;
  /** Where its output is written; begun again with each start. */
  readonly logFile: string;
  /** The pipe by which every process of the server is known to live. */
  readonly lifeFile: string;
};

/** A running server that ends with this process, however that ends. */
export type ServerProcess = {
  readonly child: ChildProcess;
  /** Resolves when it has ended, asked or not, with how. */
  readonly ended: Promise<string>;
  /** Ends it with everything written down; at once when that takes longer than 6 s. */
  stop(): Promise<void>;
};

const isWindows = process.platform === "win32";

/**
 * The shell leaves a watcher behind and becomes the server, so the server is our child, and no child of the server is
 * unknown to it. The watcher reads from us (3): a line means that the server is gone, the end that we are gone without
 * having stopped it. The server keeps 4 open, the life pipe, and so does every process that it starts.
 */
const BECOME_SERVER = `
( ( trap '' INT TERM HUP QUIT; read -r _ <&3 || kill -INT $$ ) 4>&- </dev/null >/dev/null 2>&1 & )
exec "$@" 3<&-`;

/** How long a server may take to write everything down before it is ended at once, in ms. */
const STOP_MS = 6_000;

/** Starts a server; it answers a little later. Nothing else may run on its files: ask `isServerAlive`. */
export function startServerProcess(start: ServerStart): ServerProcess {
  const server = commandAs(start.user, join(start.programs, "bin", "postgres"), start.args);
  const log = openSync(start.logFile, "w");
  const life = isWindows ? "ignore" : openLifePipe(start.lifeFile, start.user);
  const child = isWindows
    ? spawn(server.file, server.args, { cwd: start.files, stdio: ["ignore", log, log] })
    : spawn("/bin/sh", ["-c", BECOME_SERVER, "sh", server.file, ...server.args], {
        ...server.options,
        cwd: start.files,
        env: { ...serverEnvironment(), ...formerOwner(start.files) },
        stdio: ["ignore", log, log, "pipe", life],
        // A session of its own: Ctrl-C in a terminal is for Muster, which stops the server last.
        detached: true,
      });
  closeSync(log);
  if (life !== "ignore") closeSync(life);
  const line = (child.stdio[3] ?? null) as Socket | null;
  line?.on("error", () => {});
  line?.unref();
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      line?.end("\n");
      resolve(signal === null ? `exit code ${code}` : signal);
    });
  });
  return { child, ended, stop: () => stopProcess(child) };
}

/**
 * Lets the server take over the lock file of one that ended without removing it, although its number may be another
 * process's by now. PostgreSQL asks only whether the number lives; that no process of that server does is known already.
 */
function formerOwner(files: string): NodeJS.ProcessEnv {
  const lock = join(files, "postmaster.pid");
  return existsSync(lock) ? { PG_GRANDPARENT_PID: readFileSync(lock, "utf8").split("\n")[0] } : {};
}

async function stopProcess(child: ChildProcess): Promise<void> {
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  if (isGone()) return;
  const gone = once(child, "exit");
  child.ref();
  child.kill("SIGINT");
  const timers = [
    setTimeout(() => child.kill("SIGQUIT"), STOP_MS),
    setTimeout(() => child.kill("SIGKILL"), STOP_MS + 1_500),
  ];
  await gone;
  for (const timer of timers) clearTimeout(timer);
}

/** Opens the writing end of the pipe without waiting for a reader; makes it when it is not there. */
function openLifePipe(lifeFile: string, user: ServerUser): number {
  if (!existsSync(lifeFile)) {
    execFileSync("mkfifo", ["-m", "600", lifeFile], { stdio: "pipe" });
    giveTo(user, lifeFile);
  }
  return openSync(lifeFile, constants.O_RDWR | constants.O_NONBLOCK);
}

/**
 * Whether a process of an earlier server has the files open still: it may be writing down what it holds. The kernel
 * answers, so a process number that was used again, a reboot or another container on the same files change nothing.
 */
export function isServerAlive(lifeFile: string): boolean {
  if (isWindows || !existsSync(lifeFile)) return false;
  const pipe = openSync(lifeFile, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    readSync(pipe, Buffer.alloc(1));
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return true;
    throw error;
  } finally {
    closeSync(pipe);
  }
}

/**
 * Asks a server that lost both its Muster and its watcher to end. Only where the kernel confirms that the process has
 * these files for its folder: a number in a file may be anyone's by now.
 */
export function endForsakenServer(files: string): void {
  try {
    const pid = Number(readFileSync(join(files, "postmaster.pid"), "utf8").split("\n")[0]);
    if (pid > 1 && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(files)) process.kill(pid, "SIGINT");
  } catch {
    // not here: in another container, or it has ended meanwhile
  }
}

/** Whether a server answers there; resolves with why not. */
export async function whyNoAnswer(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on("error", () => {}); // it may go while we end the connection
  try {
    await client.connect();
    await client.query("select 1");
    return null;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The last lines that a server wrote, for people. */
export function lastWords(logFile: string): string {
  try {
    return readFileSync(logFile, "utf8").trim().split("\n").slice(-3).join(" | ").slice(-600);
  } catch {
    return "";
  }
}
