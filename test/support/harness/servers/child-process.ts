import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "#test/support/harness/wait.ts";

/** The user and group a program runs as. */
export type ProcessIdentity = { readonly uid: number; readonly gid: number };

/** A running program that this process started. */
export type ChildProgram = {
  readonly pid: number;
  /** The end of what it wrote, for error messages. */
  log(): string;
  /** Sends the signal and waits until it is gone; a program that does not go in 5 s is killed. */
  end(signal: NodeJS.Signals): Promise<void>;
};

const children = new Set<ChildProcess>();
const directories = new Set<string>();

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const directory of directories) removeNow(directory);
});

function removeNow(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch {
    // a program that is still ending may write into it: what is left lies in the temp directory
  }
}

/** A new directory under the temp directory, owned by `owner`; removed by `removeDirectory` or at exit. */
export function temporaryDirectory(name: string, owner: ProcessIdentity | null = null): string {
  const directory = mkdtempSync(join(tmpdir(), `muster-${name}-`));
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  directories.add(directory);
  return directory;
}

/** Removes a directory that `temporaryDirectory` made. */
export function removeDirectory(directory: string): void {
  if (directories.delete(directory)) removeNow(directory);
}

/** Where a program is, or null. */
export function findProgram(name: string): string | null {
  try {
    return execFileSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

/**
 * Starts a program and waits until `ready`. With util-linux's setpriv it gets `deathSignal` when this process dies, even
 * by SIGKILL, which no exit handler sees.
 */
export async function startChild(
  program: string,
  args: readonly string[],
  options: {
    readonly ready: () => Promise<boolean>;
    readonly identity?: ProcessIdentity | null;
    readonly cwd: string;
    readonly deathSignal?: "KILL" | "QUIT";
  },
): Promise<ChildProgram> {
  const setpriv = findProgram("setpriv");
  const command =
    setpriv === null
      ? [program, ...args]
      : [setpriv, "--pdeathsig", options.deathSignal ?? "KILL", "--", program, ...args];
  const child = spawn(command[0] ?? program, command.slice(1), {
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    ...options.identity,
  });
  children.add(child);
  let log = "";
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      log += error.message;
      children.delete(child);
      resolve();
    });
    child.once("exit", () => {
      children.delete(child);
      resolve();
    });
  });
  const keep = (chunk: Buffer): void => void (log = (log + chunk.toString()).slice(-4_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!children.has(child)) return;
    child.kill(signal);
    const killer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await gone;
    clearTimeout(killer);
  };
  try {
    await waitFor(async () => !children.has(child) || (await options.ready()), {
      what: `${program} to be ready`,
      timeoutMs: 15_000,
    });
    if (!children.has(child)) throw new Error(`${program} ended while starting: ${log}`);
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return { pid: child.pid ?? -1, log: () => log, end };
}
